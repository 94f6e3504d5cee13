/**
 * Undo: reverts rows to their state before the blocks after a fork, from the journal's images.
 *
 * The journal is append-only. Undone entries remain, and the undo appends entries of its own (cause `reorg`) with the images that it
 * removed. The view `ledger.standing_changes` determines which entries are in force: a block's entry is, unless a later entry of the same
 * row reverts the row to a state before that block. The same heights can therefore be folded and undone any number of times.
 */
import { type ClientBase, escapeIdentifier } from 'pg';
import { chainTableNames, journaledColumns } from '../tables.ts';
import { InvariantError } from '../../primitives/errors.ts';
import type { Uuid } from '../../primitives/ids.ts';
import { arrayLiteral } from './stored-column.ts';
import { type StoredTable, storedTable } from './stored-table.ts';

const reorgCause = 1;

export interface Undone {
  readonly removed: number;
  readonly restored: number;
}

/**
 * Reverts the changes that the blocks after `fork` made to the chain's rows. Throws an InvariantError if the journal has a row that the
 * table lacks, unless the caller repairs such rows afterwards.
 */
export async function undoAfter(
  client: ClientBase,
  chainId: number,
  fork: number,
  { rowsMayBeMissing = false }: { readonly rowsMayBeMissing?: boolean } = {},
): Promise<Undone> {
  const changes = await changesAfter(client, chainId, fork);
  const takenBackAt = await revertedBlocks(client, chainId, fork);
  const undo: Undo = { client, chainId, takenBackAt, rowsMayBeMissing };
  const tables = chainTableNames().map((name) => ({
    table: storedTable(name),
    changes: changes.get(storedTable(name).id) ?? noChanges,
  }));
  // Restore images first, because a remaining row may refer to one that is deleted. Delete children before their parents.
  for (const {
    table,
    changes: { images },
  } of tables)
    await restoreRows(undo, table, images);
  for (const {
    table,
    changes: { made },
  } of tables.toReversed())
    await removeRows(undo, table, made);
  const all = [...changes.values()];
  return {
    removed: all.reduce((sum, { made }) => sum + made.length, 0),
    restored: all.reduce((sum, { images }) => sum + images.length, 0),
  };
}

interface Undo {
  readonly client: ClientBase;
  readonly chainId: number;
  readonly takenBackAt: readonly number[];
  readonly rowsMayBeMissing: boolean;
}

/**
 * The blocks at which the journal records that rows were reverted to their state after `fork`: the next block, and the first block of each
 * later partition that has entries. Retention detaches whole partitions; without an entry in each of them, undone entries would come into
 * force again once the partition with the reverting entry is detached.
 */
export async function revertedBlocks(client: ClientBase, chainId: number, fork: number): Promise<number[]> {
  const { rows } = await client.query<{ block: number }>(
    `select greatest(from_block, $2::bigint + 1)::float8 as block from ledger.partitions
     where table_name = 'journal' and chain_id = $1 and to_block > $2
       and from_block <= (select max(block_number) from ledger.journal where chain_id = $1)`,
    [chainId, fork],
  );
  return rows.map(({ block }) => block);
}

interface TableChanges {
  /** Rows that the undone blocks inserted. */
  readonly made: readonly Uuid[];
  /** Rows that existed before, with the values to restore, as JSON by column name. */
  readonly images: readonly { readonly id: Uuid; readonly image: string }[];
}

const noChanges: TableChanges = { made: [], images: [] };

/** The changes to undo, by table id. If a row has several images, the oldest value of each column counts. */
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
    `select table_id, row_id, bool_or(operation = 'I') as is_made,
            ledger.overlay(before order by sequence desc)::text as image
     from ledger.standing_changes
     where chain_id = $1 and block_number > $2
     group by table_id, row_id`,
    [chainId, fork],
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
  { client, chainId, takenBackAt, rowsMayBeMissing }: Undo,
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
     select $3, taken_back.block_number, $5, target.id, 'U', $6,
            (select jsonb_object_agg(key, value) from jsonb_each(to_jsonb(stored)) where target.image ? key)
     from unnest($1::uuid[], $2::jsonb[]) as target (id, image) left join ${table.sqlName} as stored using (id)
          cross join unnest($4::bigint[]) as taken_back (block_number)`,
    [...parameters, chainId, takenBackAt, table.id, reorgCause],
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
  if (!rowsMayBeMissing) expectAll(table, 'restored', images.length, rowCount);
}

async function removeRows(
  { client, chainId, takenBackAt, rowsMayBeMissing }: Undo,
  table: StoredTable,
  ids: readonly Uuid[],
): Promise<void> {
  if (ids.length === 0) return;
  await client.query(
    `insert into ledger.journal (chain_id, block_number, table_id, row_id, operation, cause, before)
     select $2, taken_back.block_number, $4, target.id, 'D', $5,
            (select jsonb_object_agg(key, value) from jsonb_each(to_jsonb(stored)) where key = any($6::text[]))
     from unnest($1::uuid[]) as target (id) left join ${table.sqlName} as stored using (id)
          cross join unnest($3::bigint[]) as taken_back (block_number)`,
    [arrayLiteral(ids), chainId, takenBackAt, table.id, reorgCause, journaledNames(table)],
  );
  const { rowCount } = await client.query(`delete from ${table.sqlName} where id = any($1::uuid[])`, [
    arrayLiteral(ids),
  ]);
  if (!rowsMayBeMissing) expectAll(table, 'removed', ids.length, rowCount);
}

function journaledNames(table: StoredTable): string[] {
  return Object.values(journaledColumns(table.name)).map(({ name }) => name);
}

/** The journal and the rows are written together. If they disagree, another writer has changed the rows. */
function expectAll(table: StoredTable, what: string, expected: number, actual: number | null): void {
  if (actual === expected) return;
  throw new InvariantError(
    `${table.sqlName}: ${actual} of ${expected} rows could be ${what} according to the journal`,
  );
}
