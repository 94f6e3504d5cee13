/**
 * Merges the differences into the tables: deletes children before their parents, and updates and inserts parents before their children, so
 * that every foreign key is valid at every statement. Also records in the journal, by the rules of `ledger.standing_changes`, that the rows
 * were reverted, and their new history.
 *
 * A row whose unique key changes, or that refers to a deleted row, is deleted and reinserted with its other columns unchanged, because
 * another row may hold its new key until then.
 */
import { type ClientBase, escapeIdentifier } from 'pg';
import { chainTable, chainTableNames, type ChainTableName } from '../tables.ts';
import { getTableColumns } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import { asOfRelation } from '../store/as-of.ts';
import { storedTable } from '../store/stored-table.ts';
import { revertedBlocks } from '../store/undo.ts';
import { comparedColumns, type Comparison, differences } from './compare.ts';
import { replayed, shadowTable } from './shadow.ts';
import { references } from './table-keys.ts';

const replayCause = 2;

export interface Merge extends Comparison {
  /** The replay's number, which its journal entries carry. */
  readonly generation: number;
}

/** Merges the actions of `decide`, in the open transaction of `client`. */
export async function mergeDifferences(client: ClientBase, merge: Merge): Promise<void> {
  await markReplaced(client, merge);
  await appendReverts(client, merge);
  await appendRevertsOfMissing(client, merge);
  const tables = chainTableNames().filter((name) => merge.tables.includes(name));
  for (const name of tables) await copyOtherColumns(client, name);
  for (const name of tables.toReversed()) await removeRows(client, name);
  for (const name of tables) {
    await changeRows(client, name);
    await addRows(client, name);
  }
  await appendHistory(client, merge);
}

/** Marks rows for reinsertion if they refer to a row that is deleted or reinserted. */
async function markReplaced(client: ClientBase, { tables }: Merge): Promise<void> {
  for (const { child, column, parent } of references()) {
    if (!tables.includes(child)) continue;
    const name = escapeIdentifier(column);
    await client.query(
      `insert into ${differences} as known (table_id, row_id, action, is_replaced)
       select ${storedTable(child).id}, stored.id, 'S', true
       from ${differences} as gone join ${storedTable(child).sqlName} as stored on stored.${name} = gone.row_id
       where gone.table_id = ${storedTable(parent).id} and (gone.action = 'R' or gone.is_replaced)
       on conflict (table_id, row_id) do update set is_replaced = true where known.action <> 'R'`,
    );
  }
}

/** Appends the journal entries that revert rows to their state before `from`. A row that did not exist then is removed completely. */
async function appendReverts(client: ClientBase, merge: Merge): Promise<void> {
  const { chainId, from, generation, tables } = merge;
  const blocks = await revertedBlocks(client, chainId, from - 1);
  for (const name of tables) {
    const { id, sqlName } = storedTable(name);
    const owned = comparedColumns(name).map((column) => column.name);
    const earlier =
      from === 0
        ? `(select null::uuid as id where false)`
        : asOfRelation(name, { chainId, blockNumber: from - 1 });
    await client.query(
      `insert into ledger.journal (chain_id, block_number, table_id, row_id, operation, cause, generation, before)
       select ${chainId}, taken_back.block_number, ${id}, stored.id, case when earlier.id is null then 'D' else 'U' end, ${replayCause}, $1,
              (select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(to_jsonb(stored))
               where key = any($2::text[]) and (earlier.id is null or value is distinct from to_jsonb(earlier) -> key))
       from ${differences} as different
       join ${sqlName} as stored on stored.id = different.row_id
       left join ${earlier} as earlier on earlier.id = stored.id
       cross join unnest($3::bigint[]) as taken_back (block_number)
       where different.table_id = ${id} and different.action in ('C', 'R', 'H')`,
      [generation, owned, blocks],
    );
  }
}

/**
 * Rows that the journal has and the tables lack, because another writer deleted them. Records the deletion before they are inserted again.
 */
async function appendRevertsOfMissing(
  client: ClientBase,
  { chainId, from, generation }: Merge,
): Promise<void> {
  const blocks = await revertedBlocks(client, chainId, from - 1);
  await client.query(
    `insert into ledger.journal (chain_id, block_number, table_id, row_id, operation, cause, generation, before)
     select $1, taken_back.block_number, table_id, row_id, 'D', ${replayCause}, $2, '{}'
     from ${differences} as different cross join unnest($3::bigint[]) as taken_back (block_number)
     where action = 'A' and exists (
       select from ledger.standing_changes as standing
       where standing.chain_id = $1 and standing.row_id = different.row_id and standing.block_number >= $4)`,
    [chainId, generation, blocks, from],
  );
}

/** Appends the new history of those rows, block by block. */
async function appendHistory(client: ClientBase, { from, generation }: Merge): Promise<void> {
  await client.query(
    `insert into ledger.journal (chain_id, block_number, table_id, row_id, operation, log_index, cause, generation, before)
     select made.chain_id, made.block_number, made.table_id, made.row_id, made.operation, made.log_index, made.cause, $1, made.before
     from ${replayed.journal} as made join ${differences} as different using (table_id, row_id)
     where different.action in ('A', 'C', 'H') and made.block_number >= $2
     order by made.block_number, made.position`,
    [generation, from],
  );
}

/** Copies the rows to reinsert, in order to preserve the columns that the chain does not own. */
async function copyOtherColumns(client: ClientBase, name: ChainTableName): Promise<void> {
  const { id, sqlName } = storedTable(name);
  await client.query(
    `create temporary table ${copyTable(name)} on commit drop as
     select stored.* from ${sqlName} as stored join ${differences} as different on different.row_id = stored.id
     where different.table_id = ${id} and different.is_replaced`,
  );
}

async function removeRows(client: ClientBase, name: ChainTableName): Promise<void> {
  const { id, sqlName } = storedTable(name);
  await client.query(
    `delete from ${sqlName} as stored using ${differences} as different
     where different.table_id = ${id} and different.row_id = stored.id and (different.action = 'R' or different.is_replaced)`,
  );
}

async function changeRows(client: ClientBase, name: ChainTableName): Promise<void> {
  const { id, sqlName } = storedTable(name);
  const assignments = comparedColumns(name)
    .filter(({ property }) => property !== 'id')
    .map((column) => escapeIdentifier(column.name))
    .map((column) => `${column} = made.${column}`);
  await client.query(
    `update ${sqlName} as stored set ${assignments.join(', ')}
     from ${differences} as different join ${shadowTable(name).sqlName} as made on made.id = different.row_id
     where different.table_id = ${id} and different.action = 'C' and not different.is_replaced and stored.id = made.id`,
  );
}

/** Inserts the new rows, final and confirmed, and reinserts rows with their other columns unchanged. */
async function addRows(client: ClientBase, name: ChainTableName): Promise<void> {
  const { id, sqlName, columns, hasConfirmation } = storedTable(name);
  const quoted = (names: readonly string[]): string[] => names.map((column) => escapeIdentifier(column));
  const made = quoted(columns.map((column) => column.name));
  const confirmation = hasConfirmation ? ['status', 'confirmed_at'] : [];
  const others = quoted(otherColumns(name));
  await client.query(
    `insert into ${sqlName} (${[...made, ...confirmation].join(', ')})
     select ${[...made.map((column) => `made.${column}`), ...(hasConfirmation ? [`'confirmed'`, 'now()'] : [])].join(', ')}
     from ${differences} as different join ${shadowTable(name).sqlName} as made on made.id = different.row_id
     where different.table_id = ${id} and different.action = 'A'`,
  );
  const owned = quoted(comparedColumns(name).map((column) => column.name));
  await client.query(
    `insert into ${sqlName} (${[...owned, ...others].join(', ')})
     select ${[...owned.map((column) => `made.${column}`), ...others.map((column) => `kept.${column}`)].join(', ')}
     from ${copyTable(name)} as kept join ${shadowTable(name).sqlName} as made on made.id = kept.id`,
  );
}

/** The columns that the journal does not record: those of other writers, and those that the fold sets only at the insert. */
function otherColumns(name: ChainTableName): string[] {
  const owned = new Set(comparedColumns(name).map((column) => column.name));
  const table: PgTable = chainTable(name).table;
  return Object.values(getTableColumns(table))
    .map((column) => column.name)
    .filter((column) => !owned.has(column));
}

function copyTable(name: ChainTableName): string {
  return escapeIdentifier(`kept_${storedTable(name).id}`);
}
