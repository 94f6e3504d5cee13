/** Writes what a batch did, in bulk, in the transaction that moves the cursor. */
import { type ClientBase, escapeIdentifier } from 'pg';
import { type CopyColumn, encodeRows, plainColumn, sendRows } from '../../db/copy.ts';
import { addQuarantined } from '../ledger/quarantine.ts';
import { runCooperatively, type CooperativeSteps } from '../../primitives/steps.ts';
import type { BatchEffect } from '../projection/fold.ts';
import type { AnyRow, TableChanges } from '../projection/rows.ts';
import { prepareJournal } from './journal.ts';
import { addStandards, addUsers } from './shared-rows.ts';
import { type StoredTable, storedTable, type StoredTables } from './stored-table.ts';
import { type Write, writeAll } from './writes.ts';

export interface SavedEffect {
  readonly chainId: number;
  readonly effect: BatchEffect;
  /** The last block that can't change any more; null while none is known. Rows of later blocks are `pending`. */
  readonly final: number | null;
}

/** Saves users, standards, rows, journal and quarantine. */
export async function saveEffect(client: ClientBase, saved: SavedEffect): Promise<void> {
  await writeAll(client, await runCooperatively(prepareEffect(saved)));
}

/** What `saveEffect` writes, encoded beforehand: in a transaction PostgreSQL would wait for it. */
export function* prepareEffect({ chainId, effect, final }: SavedEffect): CooperativeSteps<Write[]> {
  // What is kept until it is sent mustn't keep the rest of the effect.
  const { users, standards, quarantined } = effect;
  const changes = yield* prepareChanges(effect.changes, final);
  const journal = yield* prepareJournal(chainId, effect.journal);
  return [
    async (client) => await addUsers(client, users),
    async (client) => await addStandards(client, standards),
    ...changes,
    ...journal,
    async (client) => await addQuarantined(client, chainId, quarantined),
  ];
}

/** Updates first: an update may give up a unique key that a new row takes. */
function* prepareChanges(changes: readonly TableChanges[], final: number | null): CooperativeSteps<Write[]> {
  const writes: Write[] = [];
  for (const { table, updated, inserted } of changes) {
    const stored = storedTable(table);
    if (updated.length > 0) writes.push(prepareUpdate(stored, updated));
    yield;
    if (inserted.length === 0) continue;
    const encoded = yield* encodeRows(stored.sqlName, insertedColumns(stored, final), inserted);
    writes.push(async (client) => await sendRows(client, encoded));
  }
  return writes;
}

/** Saves rows alone, in a replay's tables. */
export async function saveChanges(
  client: ClientBase,
  changes: readonly TableChanges[],
  { final, tables }: { readonly final: number | null; readonly tables: StoredTables },
): Promise<void> {
  for (const { table, updated, inserted } of changes) {
    const stored = tables(table);
    if (updated.length > 0) await prepareUpdate(stored, updated)(client);
    if (inserted.length === 0) continue;
    const rows = encodeRows(stored.sqlName, insertedColumns(stored, final), inserted);
    await sendRows(client, await runCooperatively(rows));
  }
}

function insertedColumns(table: StoredTable, final: number | null): CopyColumn<AnyRow>[] {
  return [...table.columns, ...confirmationColumns(table, final)];
}

function confirmationColumns({ hasConfirmation }: StoredTable, final: number | null): CopyColumn<AnyRow>[] {
  if (!hasConfirmation) return [];
  const isFinal = (row: AnyRow): boolean => final !== null && (row['blockNumber'] as number) <= final;
  return [
    plainColumn('status', (row) => (isFinal(row) ? 'confirmed' : 'pending')),
    // As an input, PostgreSQL takes it for the time at which the transaction began: COPY takes no now().
    plainColumn('confirmed_at', (row) => (isFinal(row) ? 'now' : null)),
  ];
}

/** One array a column: no temporary table, which would cost the catalogue two entries a session and a truncation a commit. */
function prepareUpdate(table: StoredTable, rows: readonly AnyRow[]): Write {
  const columns = [table.column('id'), ...table.changing];
  const names = columns.map(({ name }) => escapeIdentifier(name));
  // Arrays of arrays can't be unnested one level at a time, so an array goes as its text.
  const unnested = columns.map(
    ({ sqlType }, index) => `$${index + 1}::${sqlType.endsWith('[]') ? 'text' : sqlType}[]`,
  );
  const assignments = table.changing.map(({ name, sqlType }) => {
    const quoted = escapeIdentifier(name);
    return `${quoted} = changed.${quoted}${sqlType.endsWith('[]') ? `::${sqlType}` : ''}`;
  });
  const statement = `update ${table.sqlName} as stored set ${assignments.join(', ')}
     from unnest(${unnested.join(', ')}) as changed (${names.join(', ')})
     where stored.id = changed.id`;
  const values = columns.map((column) => column.arrayOf(rows));
  return async (client) => await client.query(statement, values);
}
