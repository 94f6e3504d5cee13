/** Writes the effect of a batch in bulk, in the transaction that moves the cursor. */
import { type ClientBase, escapeIdentifier } from 'pg';
import { type CopyColumn, encodeRows, plainColumn, sendRows } from '../../db/copy.ts';
import { addQuarantined } from '../ledger/quarantine.ts';
import { runCooperatively, type CooperativeSteps } from '../../primitives/steps.ts';
import type { BatchEffect } from '../projection/fold.ts';
import type { AnyRow } from '../projection/entity.ts';
import type { TableChanges } from '../projection/rows.ts';
import { prepareJournal } from './journal.ts';
import { addStandards, addUsers } from './shared-rows.ts';
import { type StoredTable, storedTable, type StoredTables } from './stored-table.ts';
import { type Write, writeAll } from './writes.ts';

export interface SavedEffect {
  readonly chainId: number;
  readonly effect: BatchEffect;
  /** The last final block, or null if none is known. Rows of later blocks are `pending`. */
  readonly final: number | null;
}

/** Saves users, standards, rows, journal entries and quarantine entries. */
export async function saveEffect(client: ClientBase, saved: SavedEffect): Promise<void> {
  await writeAll(client, await runCooperatively(prepareEffect(saved)));
}

/** Encodes the writes of `saveEffect` in advance, so that PostgreSQL does not wait for it in an open transaction. */
export function* prepareEffect({ chainId, effect, final }: SavedEffect): CooperativeSteps<Write[]> {
  // The generator must not retain the rest of the effect until the writes are sent.
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

/** Updates come first: an update may release a unique key that a new row takes. */
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

/** Saves rows without users, journal or quarantine, in a replay's tables. */
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
    // PostgreSQL reads this input as the time at which the transaction began. COPY accepts no now().
    plainColumn('confirmed_at', (row) => (isFinal(row) ? 'now' : null)),
  ];
}

/** Passes one array per column. A temporary table would cost two catalogue entries per session and a truncation per commit. */
function prepareUpdate(table: StoredTable, rows: readonly AnyRow[]): Write {
  const columns = [table.column('id'), ...table.changing];
  const names = columns.map(({ name }) => escapeIdentifier(name));
  // Nested arrays cannot be unnested one level at a time, so an array is passed as its text.
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
