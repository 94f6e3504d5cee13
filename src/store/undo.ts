/**
 * Undo: takes rows back to what they were before the blocks after a fork, from the journal's images.
 *
 * The journal is append-only: what is undone stays in it, and the undo appends entries of its own (cause `reorg`) with the images that it took
 * away. An entry of a block counts as undone when a later entry of its row, made by an undo, goes back to that block or
 * further; so the same heights can be folded and undone any number of times.
 */
import { type ClientBase, escapeIdentifier } from 'pg';
import { chainTables, type ChainTableName, journaledColumns } from '../db/ownership.ts';
import { InvariantError } from '../primitives/errors.ts';
import type { Uuid } from '../primitives/ids.ts';
import { arrayLiteral } from './stored-column.ts';
import { type StoredTable, storedTable } from './stored-table.ts';

const reorgCause = 1;

export interface Undone {
  readonly removed: number;
  readonly restored: number;
}

/** Takes back what the blocks after `fork` did to the chain's rows. */
export async function undoAfter(client: ClientBase, chainId: number, fork: number): Promise<Undone> {
  const changes = await changesAfter(client, chainId, fork);
  const tables = (Object.keys(chainTables) as ChainTableName[]).map((name) => ({
    table: storedTable(name),
    changes: changes.get(storedTable(name).id) ?? noChanges,
  }));
  // Images first: a row that stays may point to one that goes. Children go before their parents.
  for (const {
    table,
    changes: { images },
  } of tables)
    await restoreRows(client, chainId, fork, table, images);
  for (const {
    table,
    changes: { made },
  } of tables.toReversed())
    await removeRows(client, chainId, fork, table, made);
  const all = [...changes.values()];
  return {
    removed: all.reduce((sum, { made }) => sum + made.length, 0),
    restored: all.reduce((sum, { images }) => sum + images.length, 0),
  };
}

interface TableChanges {
  /** Rows that the undone blocks made. */
  readonly made: readonly Uuid[];
  /** Rows that were there before, with the values to go back to, as JSON by column name. */
  readonly images: readonly { readonly id: Uuid; readonly image: string }[];
}

const noChanges: TableChanges = { made: [], images: [] };

/** What there is to undo, by the tables' numbers: of several images of one row the oldest value of each column. */
async function changesAfter(
  client: ClientBase,
  chainId: number,
  fork: number,
): Promise<Map<number, TableChanges>> {
  const { rows } = await client.query<{
    table_id: number;
    row_id: Uuid;
    is_made: boolean;
    image: string | null;
  }>(
    `with undoable as (
       select entry.table_id, entry.row_id, entry.operation, entry.before, entry.sequence
       from ledger.journal as entry
       where entry.chain_id = $1 and entry.block_number > $2 and entry.cause <> $3
         and not exists (
           select from ledger.journal as undo
           where undo.chain_id = entry.chain_id and undo.row_id = entry.row_id and undo.cause = $3
             and undo.sequence > entry.sequence and undo.block_number <= entry.block_number)
     ), oldest as (
       select distinct on (row_id, column_name) table_id, row_id, column_name, value
       from undoable, jsonb_each(coalesce(before, '{}')) as image (column_name, value)
       order by row_id, column_name, sequence
     )
     select undoable.table_id, undoable.row_id, bool_or(undoable.operation = 'I') as is_made,
            (select jsonb_object_agg(column_name, value) from oldest where oldest.row_id = undoable.row_id)::text as image
     from undoable group by undoable.table_id, undoable.row_id`,
    [chainId, fork, reorgCause],
  );
  const changes = new Map<number, { made: Uuid[]; images: { id: Uuid; image: string }[] }>();
  for (const { table_id: tableId, row_id: id, is_made: isMade, image } of rows) {
    const table = changes.get(tableId) ?? { made: [], images: [] };
    changes.set(tableId, table);
    if (isMade) table.made.push(id);
    else table.images.push({ id, image: image ?? '{}' });
  }
  return changes;
}

async function restoreRows(
  client: ClientBase,
  chainId: number,
  fork: number,
  table: StoredTable,
  images: TableChanges['images'],
): Promise<void> {
  if (images.length === 0) return;
  const parameters = [
    arrayLiteral(images.map(({ id }) => id)),
    arrayLiteral(images.map(({ image }) => image)),
  ];
  await client.query(
    `insert into ledger.journal (chain_id, block_number, table_id, row_id, operation, cause, before)
     select $3, $4, $5, stored.id, 'U', $6,
            (select jsonb_object_agg(key, value) from jsonb_each(to_jsonb(stored)) where target.image ? key)
     from unnest($1::uuid[], $2::jsonb[]) as target (id, image) join ${table.sqlName} as stored using (id)`,
    [...parameters, chainId, fork + 1, table.id, reorgCause],
  );
  const names = journaledNames(table).filter((name) => name !== 'id');
  const { rowCount } = await client.query(
    `update ${table.sqlName} as stored
     set ${names.map((name) => `${escapeIdentifier(name)} = earlier.${escapeIdentifier(name)}`).join(', ')}
     from (
       select (jsonb_populate_record(present, target.image)).*
       from unnest($1::uuid[], $2::jsonb[]) as target (id, image) join ${table.sqlName} as present using (id)
     ) as earlier
     where stored.id = earlier.id`,
    parameters,
  );
  expectAll(table, 'restored', images.length, rowCount);
}

async function removeRows(
  client: ClientBase,
  chainId: number,
  fork: number,
  table: StoredTable,
  ids: readonly Uuid[],
): Promise<void> {
  if (ids.length === 0) return;
  await client.query(
    `insert into ledger.journal (chain_id, block_number, table_id, row_id, operation, cause, before)
     select $2, $3, $4, stored.id, 'D', $5,
            (select jsonb_object_agg(key, value) from jsonb_each(to_jsonb(stored)) where key = any($6::text[]))
     from ${table.sqlName} as stored where stored.id = any($1::uuid[])`,
    [arrayLiteral(ids), chainId, fork + 1, table.id, reorgCause, journaledNames(table)],
  );
  const { rowCount } = await client.query(`delete from ${table.sqlName} where id = any($1::uuid[])`, [
    arrayLiteral(ids),
  ]);
  expectAll(table, 'removed', ids.length, rowCount);
}

function journaledNames(table: StoredTable): string[] {
  return Object.values(journaledColumns(table.name)).map(({ name }) => name);
}

/** The journal and the rows are written together: where they disagree, somebody else has changed the rows. */
function expectAll(table: StoredTable, what: string, expected: number, actual: number | null): void {
  if (actual === expected) return;
  throw new InvariantError(
    `${table.sqlName}: ${actual} of ${expected} rows could be ${what} as the journal has them`,
  );
}
