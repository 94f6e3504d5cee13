/**
 * An audit: the contracts' state at one final block, the fold of the ledger up to it, and the tables as of it, held against each
 * other field by field.
 */
import type { ClientBase } from 'pg';
import type { BlockHeader } from '../chain/types.ts';
import { ContractSet } from '../contracts/contract-set.ts';
import type { IndexedContract } from '../contracts/kind.ts';
import { withTransaction } from '../db/client.ts';
import type { ChainTableName } from '../db/ownership.ts';
import { listContracts } from '../ledger/contracts.ts';
import { allProjections } from '../projections/all.ts';
import { digestTables } from '../replay/digest.ts';
import { allAreas } from './areas/all.ts';
import type { AreaAudit, EntityKey, Facet, RowContext } from './claim.ts';
import { compareTable, type RowDifference } from './compare-rows.ts';
import { askContracts } from './entity-pass.ts';
import { gatherFindings, reportedRows } from './findings.ts';
import { checkInvariants } from './invariants.ts';
import { KnownEntities } from './known-entities.ts';
import { LedgerEvidence } from './ledger-evidence.ts';
import { chooseBlock, pinBlock } from './pinned-block.ts';
import type { AuditResult } from './result.ts';
import type { AuditOptions } from './settings.ts';
import { foldLedger, ShadowRows } from './shadow-fold.ts';
import { createStateReader, type StateReader } from './state-reads.ts';
import { isLiveAt, storedRowsAt } from './stored-rows.ts';
import { readTableSums } from './table-sums.ts';

/** Runs an audit. Throws a CannotRunError where there is nothing to audit, or the node is of another chain or branch. */
export async function runAudit(options: AuditOptions): Promise<AuditResult> {
  return await withTransaction(options.pool, async (client) => await auditIn(client, options), {
    isolation: 'repeatable read',
    isReadOnly: true,
  });
}

/** All that the session's transaction, one snapshot, sees. */
async function auditIn(client: ClientBase, options: AuditOptions): Promise<AuditResult> {
  const startedAt = options.now();
  const { chainId, signal } = options;
  const [node, ...otherNodes] = options.nodes;
  const number = await chooseBlock(client, node, chainId, options.at);
  const block = await pinBlock(client, node, { chainId, number });
  const contracts = new ContractSet(await listContracts(client, chainId));
  const audited = [...contracts].filter(({ startBlock }) => startBlock <= number);
  const areas = allAreas.filter(({ area }) => options.areas?.includes(area) ?? true);
  const tables = new Set(areas.flatMap((area) => area.tables));
  const at = { chainId, blockNumber: number, isLive: await isLiveAt(client, chainId, number) };
  const stored = storedRowsAt(client, at);
  const [reader, ...otherReaders] = [node, ...otherNodes].map((one) => readerOf(one, options));
  if (reader === undefined) throw new TypeError('an audit has a node');

  const shadow = new ShadowRows(allProjections.lookups);
  const known = new KnownEntities(areas);
  await foldLedger(client, shadow, {
    chainId,
    contracts,
    projections: allProjections,
    after: -1,
    upTo: number,
    onEvent: (event) => known.tell(event),
    signal,
  });
  const compared = await compareTables(tables, shadow, stored);
  const context: RowContext = { reference: shadow, walletOf: () => null };
  for (const table of tables)
    for (const row of shadow.table(table).values()) known.addRow(table, row, context);

  const listed = await listEntities(areas, audited, reader, block);
  for (const { facet, contract, keys } of listed) known.addListed(facet, contract, keys);
  const entities = audited.flatMap((contract) => known.of(contract));
  const pass = await askContracts(entities, {
    reader,
    blockHash: block.hash,
    reference: shadow,
    reported: reportedRows(compared.differences),
    tables,
    signal,
  });
  const sums = await readTableSums(client, at);
  const invariants = (await checkInvariants(reader, audited, block.hash, sums)).filter(({ table }) =>
    tables.has(table),
  );
  const evidence = new LedgerEvidence(client, chainId, contracts);
  const judge = { node, reader, otherReaders, evidence, reference: shadow, block, signal };
  const { differences } = compared;
  const findings = await gatherFindings({ areas, judge, differences, pass, invariants });
  const finishedAt = options.now();
  return {
    chainId,
    block: number,
    blockHash: block.hash,
    blockTime: new Date(Number(block.timestamp) * 1000).toISOString(),
    scope: { mode: 'full', areas: areas.map(({ area }) => area), since: null, runsUntilAllAreRead: null },
    entities: pass.entities,
    rows: compared.rows,
    fields: compared.fields + pass.fields,
    contracts: audited.length,
    skippedContracts: [],
    findings,
    invariants: invariants.map(({ name, contract, holds, detail }) => ({ name, contract, holds, detail })),
    digests: at.isLive ? await digestsAt(client, chainId, block) : null,
    startedAt: startedAt.toISOString(),
    seconds: (finishedAt.getTime() - startedAt.getTime()) / 1000,
  };
}

function readerOf(node: AuditOptions['nodes'][0], options: AuditOptions): StateReader {
  const { maximumReadBytes, multicall3, signal } = options;
  return createStateReader(node, { maximumBytes: maximumReadBytes, multicall3, signal });
}

interface Compared {
  readonly differences: readonly RowDifference[];
  readonly rows: number;
  readonly fields: number;
}

async function compareTables(
  tables: ReadonlySet<ChainTableName>,
  shadow: ShadowRows,
  stored: ReturnType<typeof storedRowsAt>,
): Promise<Compared> {
  const differences: RowDifference[] = [];
  let [rows, fields] = [0, 0];
  for (const table of tables) {
    const compared = await compareTable(table, shadow, stored);
    differences.push(...compared.differences);
    rows += compared.rows;
    fields += compared.fields;
  }
  return { differences, rows, fields };
}

interface Listed {
  readonly facet: Facet;
  readonly contract: IndexedContract;
  readonly keys: readonly EntityKey[];
}

/** What the contracts themselves list. */
async function listEntities(
  areas: readonly AreaAudit[],
  contracts: readonly IndexedContract[],
  reader: StateReader,
  block: BlockHeader,
): Promise<Listed[]> {
  const questions = contracts.flatMap((contract) =>
    areas
      .flatMap(({ facets }) => facets)
      .flatMap((facet) =>
        facet.kind === contract.kind && facet.listed !== undefined
          ? [{ facet, contract, listed: facet.listed }]
          : [],
      ),
  );
  const answers = await reader.answer(
    block.hash,
    questions.map(
      ({ listed, contract }) =>
        () =>
          listed(contract),
    ),
  );
  return questions.map(({ facet, contract }, index) => ({ facet, contract, keys: answers[index] ?? [] }));
}

async function digestsAt(
  client: ClientBase,
  chainId: number,
  block: BlockHeader,
): Promise<Record<string, string> | null> {
  const digest = await digestTables(client, chainId);
  if (digest.block === null || digest.block.number < block.number) return null;
  return Object.fromEntries(digest.tables.map(({ table, sha256 }) => [table, sha256]));
}
