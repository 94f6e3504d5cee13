/**
 * The incremental audit, which is cheap enough to run continuously. It re-projects the rows that changed since the last clean audit, reads
 * their entities, and reads a sample of all others. It only detects whether there are findings; a full audit determines them.
 */
import type { ClientBase } from 'pg';
import { type ReadRequest, type ReadResult, requestKey } from '../rpc/types.ts';
import { drivePlan } from '../contract/read-plan.ts';
import { chainTableNames, type ChainTableName } from '../tables.ts';
import type { IndexedContract } from '../contract/kind.ts';
import type { Address, Hash } from '../../primitives/hex.ts';
import type { Uuid } from '../../primitives/ids.ts';
import type { LoadedRow, WantedRows } from '../projection/rows.ts';
import type { Lookup } from '../projection/lookup.ts';
import type { AnyRow } from '../projection/entity.ts';
import { loadRows } from '../store/load.ts';
import { storedTable } from '../store/stored-table.ts';
import { entityKindsOf, tablesOf } from './expectations/area-audit.ts';
import type { AnswerOf, Expectation } from './expectations/entity-kind.ts';
import { compareSome } from './rows/compare-rows.ts';
import { contradictionsOf } from './expectations/entity-pass.ts';
import { type Entity, KnownEntities } from './expectations/known-entities.ts';
import { LazyReference } from './rows/lazy-reference.ts';
import { checkInvariants, invariantResults, measureInvariants } from './expectations/invariants.ts';
import type { InvariantResult } from './findings/result.ts';
import { foldLedger, ShadowRows } from './rows/shadow-fold.ts';
import { readStorageRoots } from './expectations/storage-roots.ts';
import { type StoredRows, storedRowsAt } from './rows/stored-rows.ts';
import type { AuditContext } from './context.ts';
import { type EntityAnswer, readEntity } from './expectations/watched-read.ts';

export interface IncrementalScope extends AuditContext {
  /** The block of the clean audit that this one continues. */
  readonly since: number;
  /** The contracts' storage roots when a full audit last had no findings. */
  readonly cleanRoots: ReadonlyMap<Address, Hash>;
  /** The index of the sample of all other entities to read, out of `rounds`. */
  readonly round: number;
  readonly rounds: number;
}

export interface IncrementalResult {
  readonly isClean: boolean;
  readonly entities: number;
  readonly rows: number;
  readonly fields: number;
  readonly invariants: readonly InvariantResult[];
  /** Contracts that were not read, because their storage has not changed. */
  readonly unchanged: readonly IndexedContract[];
}

/** Runs the incremental audit, in the snapshot that `client` has open. */
export async function auditTouched(client: ClientBase, all: IncrementalScope): Promise<IncrementalResult> {
  const tables = new Set(all.areas.flatMap(tablesOf));
  const known = new KnownEntities(all.areas);
  const touched = await touchedRows(client, all);
  const { shadow, heard, isMiscounted } = await foldSince(client, all, known);
  const unchanged = await unchangedContracts(all, heard);
  const scope = { ...all, audited: all.audited.filter((contract) => !unchanged.includes(contract)) };
  let [isClean, rows, fields] = [!isMiscounted, 0, 0];
  for (const table of tables) {
    const ids = new Set([...(touched.get(table) ?? []), ...shadow.table(table).keys()]);
    // Rows that the fold only read have not changed, but they are compared as well.
    const compared = await compareSome(
      table,
      [...ids].filter((id) => shadow.row(table, id) !== undefined),
      shadow,
      scope.stored,
    );
    isClean &&= compared.differences.length === 0;
    rows += compared.rows;
    fields += compared.fields;
  }
  const reading = await readEntities(client, scope, known, touched);
  const measures = await measureInvariants(client, scope.at, all.areas);
  // Includes unchanged contracts, because the holdings of a payment contract are in another contract's storage.
  const checked = await checkInvariants(all.reader, all.areas, all.audited, all.block.hash, measures);
  return {
    isClean: isClean && reading.isClean && checked.every(({ holds }) => holds),
    invariants: invariantResults(checked),
    entities: reading.entities,
    rows,
    fields: fields + reading.fields,
    unchanged,
  };
}

/**
 * Detects unchanged contracts by proofs of their storage roots. No proof is requested for contracts with new logs, because a node may need
 * long for one.
 */
async function unchangedContracts(
  { node, audited, block, cleanRoots, signal }: IncrementalScope,
  heard: ReadonlySet<Address>,
): Promise<IndexedContract[]> {
  const quiet = audited.filter(({ address }) => cleanRoots.has(address) && !heard.has(address));
  if (quiet.length === 0) return [];
  const addresses = quiet.map(({ address }) => address);
  const roots = await readStorageRoots(node, addresses, block, signal === undefined ? {} : { signal });
  return quiet.filter(({ address }) => roots.has(address) && roots.get(address) === cleanRoots.get(address));
}

type RowIds = ReadonlyMap<ChainTableName, ReadonlySet<Uuid>>;

/** The rows with journal entries since the last audit. */
async function touchedRows(client: ClientBase, { chainId, since, block }: IncrementalScope): Promise<RowIds> {
  const { rows } = await client.query<{ table_id: number; row_id: Uuid }>(
    `select distinct table_id, row_id from ledger.journal
     where chain_id = $1 and block_number > $2 and block_number <= $3`,
    [chainId, since, block.number],
  );
  const names = new Map(chainTableNames().map((name) => [storedTable(name).id, name]));
  const touched = new Map<ChainTableName, Set<Uuid>>();
  for (const { table_id: tableId, row_id: id } of rows) {
    const name = names.get(tableId);
    if (name === undefined) continue;
    touched.set(name, (touched.get(name) ?? new Set()).add(id));
  }
  return touched;
}

async function foldSince(
  client: ClientBase,
  { chainId, projections, contracts, since, block, signal }: IncrementalScope,
  known: KnownEntities,
): Promise<{
  readonly shadow: ShadowRows;
  readonly heard: ReadonlySet<Address>;
  readonly isMiscounted: boolean;
}> {
  const earlier = storedRowsAt(client, { chainId, blockNumber: since, isLive: false });
  const shadow = new ShadowRows(projections.lookups, {
    load: async (requested) => await rowsBefore(client, chainId, requested, earlier),
  });
  const heard = new Set<Address>();
  const found = { isMiscounted: false };
  await foldLedger(client, shadow, {
    chainId,
    contracts,
    projections,
    after: since,
    upTo: block.number,
    onEvent: (event) => {
      heard.add(event.log.address);
      known.tell(event);
    },
    onMiscounted: () => (found.isMiscounted = true),
    signal,
  });
  return { shadow, heard, ...found };
}

/** The rows that the batch needs, in the state that the last audit confirmed. */
async function rowsBefore(
  client: ClientBase,
  chainId: number,
  { rows, lookups }: WantedRows,
  before: StoredRows,
): Promise<LoadedRow[]> {
  // A row that matches a lookup now may not have matched it then, and vice versa, so only the key is used.
  const keysOnly = new Map(
    Array.from(lookups, ([text, { question, key }]) => [text, { question: withoutState(question), key }]),
  );
  const live = await loadRows(client, { rows, lookups: keysOnly }, chainId);
  const ids = Map.groupBy(live, ({ table }) => table);
  const loaded: LoadedRow[] = [];
  for (const [table, entries] of ids) {
    const then = await before.byId(
      table,
      entries.map(({ row }) => row['id'] as Uuid),
    );
    for (const row of then) loaded.push({ table, row });
  }
  return loaded;
}

const stateless = new WeakMap<Lookup, Lookup>();

/** Returns the same object each time, because lookups are compared by identity. */
function withoutState(question: Lookup): Lookup {
  let bare = stateless.get(question);
  if (bare === undefined) stateless.set(question, (bare = { ...question, having: {} }));
  return bare;
}

interface EntityReading {
  readonly isClean: boolean;
  readonly entities: number;
  readonly fields: number;
}

async function readEntities(
  client: ClientBase,
  scope: IncrementalScope,
  known: KnownEntities,
  touched: RowIds,
): Promise<EntityReading> {
  const { stored, areas, audited, reader, block } = scope;
  const reference = new LazyReference();
  const rows = await rowsToRead(client, scope, touched);
  for (const [table, found] of rows) for (const row of found) reference.add(table, row);
  const wallets = await walletsOf(client, rows);
  const context = { reference, walletOf: (user: Uuid) => wallets.get(user) ?? null };
  do {
    for (const [table, found] of rows) for (const row of found) known.addRow(table, row, context);
  } while (await reference.load(stored));
  const entities = audited.flatMap((contract) => known.of(contract));
  const answers = await reader.answer(
    block.hash,
    entities.map((entity) => () => readEntity(entity, reference)),
  );
  const tables = new Set(areas.flatMap(tablesOf));
  let open = entities.flatMap((entity, index) => {
    const answer = answers[index];
    return answer === undefined ? [] : [{ entity, answer }];
  });
  let [contradictions, fields] = [0, 0];
  while (open.length > 0) {
    open = open.filter(({ entity, answer }) => {
      const missesBefore = reference.misses;
      const expectations = claimsAgain(entity, answer, reference).filter(({ table }) => tables.has(table));
      const found = expectations.flatMap((expectation) => contradictionsOf(entity, expectation, reference));
      if (reference.misses > missesBefore) return true;
      contradictions += found.length;
      for (const { values } of expectations) fields += Object.keys(values).length;
      return false;
    });
    await reference.load(stored);
  }
  const isAnswered = answers.every(
    ({ isUnavailable, unanswered }) => !isUnavailable && unanswered.length === 0,
  );
  return { isClean: contradictions === 0 && isAnswered, entities: entities.length, fields };
}

/** Recomputes the expectations from the same answers with the rows that were loaded since. */
function claimsAgain(
  { entityKind, contract, key }: Entity,
  { results }: EntityAnswer,
  reference: LazyReference,
): readonly Expectation[] {
  // With a newly loaded row, a plan may request a read that was not executed. Such a read counts as oversized.
  const resultOf = (request: ReadRequest): ReadResult =>
    results.get(requestKey(request)) ?? { status: 'oversized', bytes: 0 };
  return drivePlan(entityKind.read({ contract, key, reference, answerOf }), resultOf);
}

/** Missing answers were already recorded during the actual read. */
const answerOf: AnswerOf = (getter, result) => getter.valueOf(result);

type FoundRows = Map<ChainTableName, AnyRow[]>;

/** The changed rows, and those of the others that belong to the sample. */
async function rowsToRead(client: ClientBase, scope: IncrementalScope, touched: RowIds): Promise<FoundRows> {
  const found: FoundRows = new Map();
  const addresses = new Set(scope.audited.map(({ address }) => address));
  for (const area of scope.areas) {
    const tables = new Set(
      entityKindsOf(area).flatMap((entityKind) => Object.keys(entityKind.rows) as ChainTableName[]),
    );
    for (const table of tables) {
      const ids = new Set(touched.get(table) ?? []);
      for (const id of await sampledIds(client, scope, table)) ids.add(id);
      const rows = await scope.stored.byId(table, [...ids]);
      found.set(
        table,
        rows.filter((row) => addresses.has(row['smartContractAddress'] as Address)),
      );
    }
  }
  return found;
}

/** Selects by the id's last 28 bits, which come from a hash: samples have equal sizes, and each row always belongs to the same one. */
async function sampledIds(
  client: ClientBase,
  { chainId, round, rounds }: IncrementalScope,
  table: ChainTableName,
): Promise<Uuid[]> {
  const { rows } = await client.query<{ id: Uuid }>(
    `select id from ${storedTable(table).sqlName} as stored
     where chain_id = $1 and ('x' || right(id::text, 7))::bit(28)::integer % $2 = $3`,
    [chainId, rounds, round],
  );
  return rows.map(({ id }) => id);
}

async function walletsOf(client: ClientBase, found: FoundRows): Promise<Map<Uuid, Address>> {
  const users = [...found.values()].flat().flatMap((row) => (row['userId'] as Uuid | null | undefined) ?? []);
  const { rows } = await client.query<{ id: Uuid; wallet_address: Address }>(
    'select id, wallet_address from public.users where id = any($1::uuid[])',
    [[...new Set(users)]],
  );
  return new Map(rows.map((row) => [row.id, row.wallet_address]));
}
