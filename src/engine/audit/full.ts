/** The full audit: folds the whole ledger again, compares every row, and reads every entity. */
import type { ClientBase } from 'pg';
import type { BlockHeader } from '../rpc/types.ts';
import type { IndexedContract } from '../contract/kind.ts';
import type { ChainTableName } from '../tables.ts';
import type { MiscountedBlock } from '../ledger/load-batch.ts';
import type { PlacedObservation } from '../ledger/observations.ts';
import { required } from '../../primitives/errors.ts';
import { allDone } from '../../primitives/async.ts';
import { digestTables } from '../store/digest.ts';
import { type AreaAudit, entityKindsOf, tablesOf } from './expectations/area-audit.ts';
import { compareTable, type RowDifference } from './rows/compare-rows.ts';
import { readExpectations, readEntities } from './expectations/entity-pass.ts';
import { gatherFindings } from './findings/findings.ts';
import {
  type CheckedInvariant,
  checkInvariants,
  invariantResults,
  measureInvariants,
  type Measures,
} from './expectations/invariants.ts';
import { LedgerCheck } from './findings/altered-ledger.ts';
import { observe } from './findings/observe.ts';
import { type Entity, KnownEntities } from './expectations/known-entities.ts';
import { LedgerEvidence } from './findings/ledger-evidence.ts';
import type { AuditResult } from './findings/result.ts';
import { foldLedger, ShadowRows } from './rows/shadow-fold.ts';
import type { StateReader } from './expectations/state-reads.ts';
import type { StoredAt, StoredRows } from './rows/stored-rows.ts';
import type { AuditContext } from './context.ts';
import { type Listed, unansweredList } from './findings/unconfirmed.ts';
import { watched } from './expectations/watched-read.ts';

export type AuditOutcome = Pick<
  AuditResult,
  'entities' | 'rows' | 'fields' | 'findings' | 'invariants' | 'digests'
> & { readonly observations: readonly PlacedObservation[] };

/** Runs the full audit on the pinned block, in the snapshot that `client` has open. */
export async function auditEverything(client: ClientBase, context: AuditContext): Promise<AuditOutcome> {
  const {
    chainId,
    projections,
    areas,
    contracts,
    audited,
    block,
    at,
    stored,
    node,
    reader,
    otherReaders,
    signal,
  } = context;
  const tables = new Set(areas.flatMap(tablesOf));
  const shadow = new ShadowRows(projections.lookups);
  const known = new KnownEntities(areas);
  const miscounted: MiscountedBlock[] = [];
  await foldLedger(client, shadow, {
    chainId,
    contracts,
    projections,
    after: -1,
    upTo: block.number,
    onEvent: (event) => known.tell(event),
    onMiscounted: (found) => miscounted.push(found),
    signal,
  });
  // No event has named the entities that the fold derived from a contract's state alone.
  const rowContext = { reference: shadow, walletOf: () => null };
  for (const table of tables)
    for (const row of shadow.table(table).values()) known.addRow(table, row, rowContext);
  const listed = await listEntities(areas, audited, reader, block);
  for (const { entityKind, contract, answer } of listed) known.addListed(entityKind, contract, answer ?? []);
  const entities = audited.flatMap((contract) => known.of(contract));
  const unlisted = (entity: Entity) => unansweredList(listed, entity);
  const asking = { reader, blockHash: block.hash, reference: shadow, tables, unlisted, signal };
  // The database and the node work in parallel.
  const [{ compared, measures, digests }, pass] = await allDone([
    readTables(client, areas, shadow, stored, at),
    readEntities(entities, asking),
  ]);
  // Adds entities that only the tables know, because the ledger may have lost their events.
  for (const { table, ledger, stored: row } of compared.differences)
    if (ledger === null && row !== null) known.addRow(table, row, rowContext);
  const concerned = audited.flatMap((contract) => known.of(contract));
  const expectations = await readExpectations(compared.differences, concerned, asking);
  const invariants: CheckedInvariant[] = [];
  for (const invariant of await checkInvariants(reader, areas, audited, block.hash, measures))
    invariants.push(await explained(client, at, invariant));
  const evidence = new LedgerEvidence(client, chainId, contracts, projections);
  const classifier = { node, reader, otherReaders, evidence, reference: shadow, block, signal };
  const { differences } = compared;
  const gathered = await gatherFindings({
    areas,
    classifier,
    differences,
    pass: { ...pass, expectations },
    listed,
    invariants,
    ledgerCheck: new LedgerCheck({ client, chainId, node, reader, upTo: block.number, signal }),
    miscounted,
  });
  const observations: PlacedObservation[] = [];
  for (const { found, verdict } of gathered.judged) {
    const observation = context.observes ? await observe(client, classifier, found, verdict) : null;
    if (observation !== null) observations.push(observation);
  }
  return {
    entities: pass.entities,
    rows: compared.rows,
    fields: compared.fields + pass.fields,
    findings: gathered.findings,
    observations,
    invariants: invariantResults(invariants),
    digests,
  };
}

/** Adds to a violated invariant the cause that its area finds in the database, if any. */
async function explained(
  client: ClientBase,
  at: StoredAt,
  checked: CheckedInvariant,
): Promise<CheckedInvariant> {
  const { status, invariant, contract } = checked;
  if (status !== 'broken' || invariant.explain === undefined) return checked;
  return { ...checked, explanation: await invariant.explain(client, at, contract) };
}

interface ReadTables {
  readonly compared: Compared;
  readonly measures: Measures;
  readonly digests: Readonly<Record<string, string>>;
}

async function readTables(
  client: ClientBase,
  areas: readonly AreaAudit[],
  shadow: ShadowRows,
  stored: StoredRows,
  at: StoredAt,
): Promise<ReadTables> {
  const compared = await compareTables(new Set(areas.flatMap(tablesOf)), shadow, stored);
  return {
    compared,
    measures: await measureInvariants(client, at, areas),
    digests: await digestsAt(client, at),
  };
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
  // Concatenated instead of pushed, because a call accepts at most a few hundred thousand arguments.
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

/** Reads the contracts' own lists. */
async function listEntities(
  areas: readonly AreaAudit[],
  contracts: readonly IndexedContract[],
  reader: StateReader,
  block: BlockHeader,
): Promise<Listed[]> {
  const questions = contracts.flatMap((contract) =>
    areas.flatMap((area) =>
      entityKindsOf(area).flatMap((entityKind) =>
        entityKind.kind === contract.kind && entityKind.listed !== undefined
          ? [{ area, entityKind, contract, listed: entityKind.listed }]
          : [],
      ),
    ),
  );
  const answers = await reader.answer(
    block.hash,
    questions.map(
      ({ listed, contract: { address } }) =>
        () =>
          watched((answerOf) => listed({ address, answerOf })),
    ),
  );
  return questions.map(({ area, entityKind, contract }, index) => {
    const { answer, isUnavailable, unanswered } = required(answers[index], 'the answer of a list');
    return { area, entityKind, contract, answer, isUnavailable, unanswered };
  });
}

/** The digests of the rows as of the block, by table. */
async function digestsAt(
  client: ClientBase,
  { chainId, isLive, blockNumber }: StoredAt,
): Promise<Record<string, string>> {
  const { tables } = await digestTables(client, chainId, isLive ? undefined : blockNumber);
  return Object.fromEntries(tables.map(({ table, sha256 }) => [table, sha256]));
}
