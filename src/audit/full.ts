/** The audit of everything: the whole ledger folded again, every row compared, every entity read. */
import type { ClientBase } from 'pg';
import type { BlockHeader } from '../chain/types.ts';
import type { IndexedContract } from '../contracts/kind.ts';
import type { ChainTableName } from '../db/ownership.ts';
import type { MiscountedBlock } from '../ledger/load-batch.ts';
import type { PlacedObservation } from '../ledger/observations.ts';
import { allDone } from '../primitives/promises.ts';
import { allProjections } from '../projections/all.ts';
import { digestTables } from '../replay/digest.ts';
import type { AreaAudit, EntityKey, Facet } from './claim.ts';
import { compareTable, type RowDifference } from './compare-rows.ts';
import { askAbout, askContracts } from './entity-pass.ts';
import { gatherFindings } from './findings.ts';
import { type CheckedInvariant, checkInvariants, type TableSums } from './invariants.ts';
import { LedgerCheck } from './altered-ledger.ts';
import { observe } from './observe.ts';
import { KnownEntities } from './known-entities.ts';
import { LedgerEvidence } from './ledger-evidence.ts';
import type { AuditResult } from './result.ts';
import { foldLedger, ShadowRows } from './shadow-fold.ts';
import { findSilentWithdrawals } from './silent-withdrawals.ts';
import type { StateReader } from './state-reads.ts';
import type { StoredAt, StoredRows } from './stored-rows.ts';
import type { AuditSurroundings } from './surroundings.ts';
import { readTableSums } from './table-sums.ts';

export type AuditOutcome = Pick<
  AuditResult,
  'entities' | 'rows' | 'fields' | 'findings' | 'invariants' | 'digests'
> & { readonly observations: readonly PlacedObservation[] };

export async function auditEverything(client: ClientBase, around: AuditSurroundings): Promise<AuditOutcome> {
  const { chainId, areas, contracts, audited, block, at, stored, node, reader, otherReaders, signal } =
    around;
  const tables = new Set(areas.flatMap((area) => area.tables));
  const shadow = new ShadowRows(allProjections.lookups);
  const known = new KnownEntities(areas);
  const miscounted: MiscountedBlock[] = [];
  await foldLedger(client, shadow, {
    chainId,
    contracts,
    projections: allProjections,
    after: -1,
    upTo: block.number,
    onEvent: (event) => known.tell(event),
    onMiscounted: (found) => miscounted.push(found),
    signal,
  });
  // Whom the fold made from a contract's state alone, no event has named.
  const context = { reference: shadow, walletOf: () => null };
  for (const table of tables)
    for (const row of shadow.table(table).values()) known.addRow(table, row, context);
  const listed = await listEntities(areas, audited, reader, block);
  for (const { facet, contract, keys } of listed) known.addListed(facet, contract, keys);
  const entities = audited.flatMap((contract) => known.of(contract));
  const asking = { reader, blockHash: block.hash, reference: shadow, tables, signal };
  // The database and the node each take their time.
  const [{ compared, sums, digests }, pass] = await allDone([
    readTables(client, tables, shadow, stored, at),
    askContracts(entities, asking),
  ]);
  // Whom only the table knows of: the ledger may have lost what told of it.
  for (const { table, ledger, stored: row } of compared.differences)
    if (ledger === null && row !== null) known.addRow(table, row, context);
  const concerned = audited.flatMap((contract) => known.of(contract));
  const claims = await askAbout(compared.differences, concerned, asking);
  const checked = await checkInvariants(reader, audited, block.hash, sums);
  const invariants: CheckedInvariant[] = [];
  for (const invariant of checked.filter(({ table }) => tables.has(table)))
    invariants.push(await explained(client, at, invariant));
  const evidence = new LedgerEvidence(client, chainId, contracts);
  const judge = { node, reader, otherReaders, evidence, reference: shadow, block, signal };
  const { differences } = compared;
  const gathered = await gatherFindings({
    areas,
    judge,
    differences,
    pass: { ...pass, claims },
    invariants,
    ledgerCheck: new LedgerCheck({ client, chainId, node, reader, upTo: block.number, signal }),
    miscounted,
  });
  const observations: PlacedObservation[] = [];
  for (const { found, verdict } of gathered.judged) {
    const observation = around.observes ? await observe(client, judge, found, verdict) : null;
    if (observation !== null) observations.push(observation);
  }
  return {
    entities: pass.entities,
    rows: compared.rows,
    fields: compared.fields + pass.fields,
    findings: gathered.findings,
    observations,
    invariants: invariants.map(({ name, contract, holds, detail }) => ({ name, contract, holds, detail })),
    digests,
  };
}

/** A payment contract that holds too little, with what left it. */
async function explained(
  client: ClientBase,
  at: StoredAt,
  invariant: CheckedInvariant,
): Promise<CheckedInvariant> {
  const { holds, table, contract } = invariant;
  if (holds || table !== 'paymentContracts' || contract === null) return invariant;
  return { ...invariant, withdrawals: await findSilentWithdrawals(client, at, contract) };
}

interface ReadTables {
  readonly compared: Compared;
  readonly sums: TableSums;
  readonly digests: Readonly<Record<string, string>>;
}

async function readTables(
  client: ClientBase,
  tables: ReadonlySet<ChainTableName>,
  shadow: ShadowRows,
  stored: StoredRows,
  at: StoredAt,
): Promise<ReadTables> {
  const compared = await compareTables(tables, shadow, stored);
  return { compared, sums: await readTableSums(client, at), digests: await digestsAt(client, at) };
}

interface Compared {
  readonly differences: readonly RowDifference[];
  readonly rows: number;
  readonly fields: number;
}

async function compareTables(
  tables: ReadonlySet<ChainTableName>,
  shadow: ShadowRows,
  stored: StoredRows,
): Promise<Compared> {
  // Joined and not pushed: a call takes no more than some hundred thousand arguments.
  let differences: readonly RowDifference[] = [];
  let [rows, fields] = [0, 0];
  for (const table of tables) {
    const compared = await compareTable(table, shadow, stored);
    differences = [...differences, ...compared.differences];
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

/** The digests of the rows as of the block, by table. */
async function digestsAt(
  client: ClientBase,
  { chainId, isLive, blockNumber }: StoredAt,
): Promise<Record<string, string>> {
  const { tables } = await digestTables(client, chainId, isLive ? undefined : blockNumber);
  return Object.fromEntries(tables.map(({ table, sha256 }) => [table, sha256]));
}
