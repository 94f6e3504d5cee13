/** Writes what a batch did, in bulk, in the transaction that moves the cursor. */
import { type ClientBase, escapeIdentifier } from 'pg';
import { copyRows, jsonColumn, plainColumn, textColumn } from '../db/copy.ts';
import { together } from '../db/pipeline.ts';
import { addQuarantined } from '../ledger/quarantine.ts';
import type { BatchEffect } from '../projections/fold/fold.ts';
import type { AnyRow, TableChanges } from '../projections/fold/rows.ts';
import { copyJournal } from './journal.ts';
import { addStandards, addUsers } from './shared-rows.ts';
import { type StoredTable, storedTable, type StoredTables } from './stored-table.ts';

export interface SavedEffect {
  readonly chainId: number;
  readonly effect: BatchEffect;
  /** The last block that can't change any more; null while none is known. Rows of later blocks are `pending`. */
  readonly final: number | null;
}

/** Saves users, standards, rows, journal and quarantine. */
export async function saveEffect(client: ClientBase, { chainId, effect, final }: SavedEffect): Promise<void> {
  await together(client, [
    async () => await addUsers(client, effect.users),
    async () => await addStandards(client, effect.standards),
    async () => await saveChanges(client, effect.changes, { final }),
    async () => await copyJournal(client, chainId, effect.journal),
    async () => await addQuarantined(client, chainId, effect.quarantined),
  ]);
}

/** Saves rows alone; a replay's into `tables` of its own. */
export async function saveChanges(
  client: ClientBase,
  changes: readonly TableChanges[],
  { final, tables = storedTable }: { readonly final: number | null; readonly tables?: StoredTables },
): Promise<void> {
  await together(
    client,
    changes.map((change) => async () => await saveTable(client, tables(change.table), change, final)),
  );
}

/** Updates first: an update may give up a unique key that a new row takes. */
async function saveTable(
  client: ClientBase,
  table: StoredTable,
  changes: TableChanges,
  final: number | null,
): Promise<void> {
  await together(client, [
    async () => await updateRows(client, table, changes.updated),
    async () => await insertRows(client, table, changes.inserted, final),
  ]);
}

async function insertRows(
  client: ClientBase,
  table: StoredTable,
  rows: readonly AnyRow[],
  final: number | null,
): Promise<void> {
  const columns = table.columns.map(({ name, sqlType, text, write }) => ({
    ...(sqlType === 'jsonb' ? jsonColumn<AnyRow> : textColumn<AnyRow>)(name, text),
    write,
  }));
  if (!table.hasConfirmation) return copyRows(client, table.sqlName, columns, rows);
  const isFinal = (row: AnyRow): boolean => final !== null && (row['blockNumber'] as number) <= final;
  const now = rows.some(isFinal) ? await databaseTime(client) : null;
  const confirmation = [
    plainColumn<AnyRow>('status', (row) => (isFinal(row) ? 'confirmed' : 'pending')),
    plainColumn<AnyRow>('confirmed_at', (row) => (isFinal(row) ? now : null)),
  ];
  return copyRows(client, table.sqlName, [...columns, ...confirmation], rows);
}

/** COPY takes no expressions, so `now()` has to be asked for. */
async function databaseTime(client: ClientBase): Promise<string | null> {
  const { rows } = await client.query<{ now: string }>('select now()::text as now');
  return rows[0]?.now ?? null;
}

/** One array a column: no temporary table, which would cost the catalogue two entries a session and a truncation a commit. */
async function updateRows(client: ClientBase, table: StoredTable, rows: readonly AnyRow[]): Promise<void> {
  if (rows.length === 0) return;
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
  await client.query(
    `update ${table.sqlName} as stored set ${assignments.join(', ')}
     from unnest(${unnested.join(', ')}) as changed (${names.join(', ')})
     where stored.id = changed.id`,
    columns.map((column) => column.arrayOf(rows)),
  );
}
