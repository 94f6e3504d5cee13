/** Converts differences to findings: one per field, or one per missing or extra row. */
import type { ChainTableName } from '../../tables.ts';
import { type Address, type Hash, isAddress } from '../../../primitives/hex.ts';
import { required } from '../../../primitives/errors.ts';
import type { AnyRow } from '../../projection/entity.ts';
import type { Area } from '../../projection/projection.ts';
import type { AreaAudit } from '../expectations/area-audit.ts';
import {
  type ChainClassifier,
  type Contradiction,
  classifyContradiction,
  type Verdict,
} from './classify-chain.ts';
import { classifyDifference, type StoredVerdict } from './classify-stored.ts';
import type { ExpectedValue } from '../expectations/entity-kind.ts';
import { differingProperties, type RowDifference } from '../rows/compare-rows.ts';
import type { MiscountedBlock } from '../../ledger/load-batch.ts';
import type { LedgerCheck } from './altered-ledger.ts';
import type { ExpectationsByRow, EntityPass, RowExpectation } from '../expectations/entity-pass.ts';
import type { CheckedInvariant } from '../expectations/invariants.ts';
import type { Finding, LogPlace } from './result.ts';
import { columnOf, fits, shown, shownRow, tableNameOf } from '../expectations/row-values.ts';
import { findUnconfirmed, type Listed } from './unconfirmed.ts';

export interface FindingsInput {
  readonly areas: readonly AreaAudit[];
  readonly classifier: ChainClassifier;
  readonly differences: readonly RowDifference[];
  readonly pass: EntityPass & { readonly expectations: ExpectationsByRow };
  /** The contracts' own lists. */
  readonly listed: readonly Listed[];
  readonly invariants: readonly CheckedInvariant[];
  readonly ledgerCheck: LedgerCheck;
  /** Blocks whose number of logs in the ledger differs from that at ingestion. */
  readonly miscounted: readonly MiscountedBlock[];
}

export interface Gathered {
  readonly findings: readonly Finding[];
  /** The contradictions with the ledger, with their classification. */
  readonly judged: readonly { readonly found: Contradiction; readonly verdict: Verdict }[];
}

/** Collects all findings of an audit, from the tables, the contracts, the ledger and the invariants. */
export async function gatherFindings(input: FindingsInput): Promise<Gathered> {
  const stored: Finding[] = [];
  for (const difference of input.differences) stored.push(...(await findingsOfDifference(input, difference)));
  // A field that the table has wrong is reported once, not a second time for the contract's value.
  const reported = new Set(stored.map(({ rowId, field }) => `${rowId} ${field}`));
  const wholeRows = new Set(
    stored.flatMap(({ rowId, field }) => (field === null && rowId !== null ? [rowId] : [])),
  );
  const chain: Finding[] = [];
  const judged: { found: Contradiction; verdict: Verdict }[] = [];
  for (const found of input.pass.contradictions) {
    const { rowId, table } = found.expectation;
    const column = found.property === null ? null : columnOf(table, found.property).name;
    if (rowId !== null && (wholeRows.has(rowId) || reported.has(`${rowId} ${column}`))) continue;
    const verdict = await classifyContradiction(input.classifier, found);
    judged.push({ found, verdict });
    chain.push(findingOfContradiction(input, found, verdict));
  }
  const rows = [...stored, ...chain];
  const findings = [
    ...rows,
    ...findUnconfirmed({ ...input, block: input.classifier.block.number }),
    ...input.miscounted.map((block) => findingOfMiscounted(input, block)),
    ...input.invariants.flatMap((one) => findingOfInvariant(input, one, rows)),
  ];
  return { findings, judged };
}

async function findingsOfDifference(input: FindingsInput, difference: RowDifference): Promise<Finding[]> {
  const { areas, classifier, pass } = input;
  const { table, id, ledger, stored } = difference;
  const area = areaOf(areas, table);
  const usual = await classifyDifference(classifier.evidence, area, difference, classifier.block);
  const isStale = await classifier.evidence.isStale(area);
  const row = ledger ?? stored;
  const common = {
    area,
    table: tableNameOf(table),
    rowId: id,
    entity: `${tableNameOf(table)} ${id}`,
    contract: (row?.['smartContractAddress'] ?? null) as Address | null,
    block: classifier.block.number,
    lastLog: row === null ? null : lastLogOf(row),
    changed: null,
  };
  const said = pass.expectations.get(id);
  // If another version of the projection made the row, the ledger is not suspected.
  const alteration = isStale ? null : await alterationOf(input, difference, common.contract);
  if (ledger === null || stored === null) {
    const values = { ledgerValue: shownRow(table, ledger), databaseValue: shownRow(table, stored) };
    const isAsStored = (said?.exists ?? null) === (stored !== null);
    const isAsFolded = (said?.exists ?? null) === (ledger !== null);
    const verdict = isStale ? usual : ledgerVerdict({ usual, alteration, isAsStored, isAsFolded });
    return [{ ...common, ...verdict, field: null, ...chainRowOf(table, said), ...values }];
  }
  const verdictOn = (property: string): StoredVerdict => {
    const expected = said?.values.get(property);
    if (isStale) return usual;
    const isAsStored = expected !== undefined && fits(expected, stored[property] ?? null);
    const isAsFolded = expected !== undefined && fits(expected, ledger[property] ?? null);
    return ledgerVerdict({ usual, alteration, isAsStored, isAsFolded });
  };
  return differingProperties(table, ledger, stored).map((property) => ({
    ...common,
    ...verdictOn(property),
    field: columnOf(table, property).name,
    ...chainValueOf(table, property, said?.values),
    ledgerValue: shown(table, property, ledger[property] ?? null),
    databaseValue: shown(table, property, stored[property] ?? null),
  }));
}

/** Compares the ledger with the chain in the blocks that determine the row, according to the fold or the table. */
async function alterationOf(
  { ledgerCheck }: FindingsInput,
  { ledger, stored }: RowDifference,
  contract: Address | null,
): Promise<string | null> {
  const blocks = [ledger, stored].flatMap((row) =>
    row === null
      ? []
      : [row['changedBlockNumber'], row['blockNumber']].filter((number) => typeof number === 'number'),
  );
  // The contract column of a row that someone wrote may contain an invalid address.
  return await ledgerCheck.alteration(blocks, contract !== null && isAddress(contract) ? contract : null);
}

interface Weighed {
  readonly usual: StoredVerdict;
  readonly alteration: string | null;
  /** Whether the contract's answer equals the table's value, and the fold's value. */
  readonly isAsStored: boolean;
  readonly isAsFolded: boolean;
}

const mend = 'replay --refetch --mend reads the node again and corrects the ledger';

/**
 * The contract decides between the table and the ledger. If it does not keep the value as state, the ledger's blocks are compared with the
 * chain.
 */
function ledgerVerdict({ usual, alteration, isAsStored, isAsFolded }: Weighed): StoredVerdict {
  const reason = alteration === null ? '' : `; ${alteration}`;
  if (isAsStored && !isAsFolded) {
    const evidence = `the contract’s answer equals the table, and the fold of the ledger differs${reason}; ${mend}`;
    return { class: 'ledger altered', evidence };
  }
  if (isAsFolded || alteration === null) return usual;
  return { class: 'ledger altered', evidence: `${alteration}; ${mend}` };
}

/** The contract's value for a missing or extra row as a whole. */
function chainRowOf(
  table: ChainTableName,
  said: RowExpectation | undefined,
): Pick<Finding, 'chainValue' | 'isChainKept'> {
  if (said === undefined || said.exists === null) return { chainValue: null, isChainKept: false };
  const chainValue = said.exists ? shownExpectation(table, Object.fromEntries(said.values)) : null;
  return { chainValue, isChainKept: true };
}

function findingOfMiscounted(
  { areas, classifier }: FindingsInput,
  { number, logCount, held }: MiscountedBlock,
): Finding {
  return {
    // The ledger belongs to no area, but a finding names one.
    area: required(areas[0], 'an audited area').area,
    table: 'ledger.logs',
    rowId: null,
    entity: `block ${number}`,
    contract: null,
    field: null,
    class: 'ledger altered',
    chainValue: null,
    isChainKept: false,
    ledgerValue: held,
    databaseValue: logCount,
    block: classifier.block.number,
    lastLog: null,
    changed: null,
    evidence: `the ledger has ${held} of the ${logCount} logs with which block ${number} was ingested; ${mend}`,
  };
}

function chainValueOf(
  table: ChainTableName,
  property: string,
  expectations: ReadonlyMap<string, ExpectedValue> | undefined,
): Pick<Finding, 'chainValue' | 'isChainKept'> {
  const said = expectations?.get(property);
  if (said === undefined) return { chainValue: null, isChainKept: false };
  return { chainValue: shown(table, property, said), isChainKept: true };
}

function findingOfContradiction(input: FindingsInput, found: Contradiction, verdict: Verdict): Finding {
  const { areas, classifier } = input;
  const { entity, expectation, property, ledgerValue } = found;
  const { table, rowId } = expectation;
  const row = rowId === null ? undefined : classifier.reference.row(table, rowId);
  const common = {
    area: areaOf(areas, table),
    table: tableNameOf(table),
    rowId,
    entity: `${expectation.entity} of ${entity.contract.address}`,
    contract: entity.contract.address,
    isChainKept: true,
    block: classifier.block.number,
    lastLog: row === undefined ? null : lastLogOf(row),
    ...verdict,
  };
  if (property === null) {
    const chainValue = expectation.exists === true ? shownExpectation(table, expectation.values) : null;
    const value = shownRow(table, row ?? null);
    return { ...common, field: null, chainValue, ledgerValue: value, databaseValue: value };
  }
  const value = shown(table, property, ledgerValue);
  const said = expectation.values[property];
  return {
    ...common,
    field: columnOf(table, property).name,
    chainValue: said === undefined ? null : shown(table, property, said),
    ledgerValue: value,
    databaseValue: value,
  };
}

function shownExpectation(table: ChainTableName, values: Readonly<Record<string, ExpectedValue>>) {
  return Object.fromEntries(
    Object.entries(values).map(([property, value]) => [
      columnOf(table, property).name,
      shown(table, property, value),
    ]),
  );
}

/** The finding for a violated invariant, or null if a finding about one of its rows explains it. */
function findingOfInvariant(
  { classifier }: FindingsInput,
  invariant: CheckedInvariant,
  rows: readonly Finding[],
): Finding[] {
  if (invariant.status !== 'broken') return [];
  const table = tableNameOf(invariant.table);
  const explaining = new Set([invariant.table, ...(invariant.invariant.explainedBy ?? [])].map(tableNameOf));
  const isExplained = rows.some((one) => explaining.has(one.table) && one.class !== 'state unavailable');
  if (isExplained) return [];
  return [
    {
      area: invariant.area,
      table,
      rowId: null,
      entity: `${invariant.name} (${invariant.contract})`,
      contract: invariant.contract,
      field: null,
      class: invariant.classWhenBroken,
      chainValue: invariant.chainValue,
      isChainKept: invariant.chainValue !== null,
      ledgerValue: invariant.databaseValue,
      databaseValue: invariant.databaseValue,
      block: classifier.block.number,
      lastLog: invariant.explanation?.lastLog ?? null,
      changed: invariant.explanation?.changed ?? null,
      evidence: [invariant.detail, invariant.explanation?.evidence].filter(Boolean).join('; '),
    },
  ];
}

function areaOf(areas: readonly AreaAudit[], table: ChainTableName): Area {
  return required(
    areas.find(({ tables }) => Object.hasOwn(tables, table)),
    `an audited area of the table ${table}`,
  ).area;
}

function lastLogOf(row: AnyRow): LogPlace | null {
  const isChanged = row['changedBlockNumber'] !== null;
  const [number, hash, transaction, index] = isChanged
    ? (['changedBlockNumber', 'changedBlockHash', 'changedTransactionHash', 'changedLogIndex'] as const)
    : (['blockNumber', 'blockHash', 'transactionHash', 'logIndex'] as const);
  if (row[number] === null) return null;
  return {
    blockNumber: row[number] as number,
    blockHash: row[hash] as Hash,
    transactionHash: row[transaction] as Hash,
    logIndex: row[index] as number,
  };
}
