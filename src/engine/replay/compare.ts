/**
 * What the fold made against what the tables have. Everything is compared beside the daemon's work, in one snapshot; between two batches only
 * what was found, and what has changed since, is looked at again.
 */
import type { ClientBase } from 'pg';
import { escapeIdentifier } from 'pg';
import { journaledColumns, type ChainTableName } from '../tables.ts';
import type { StoredColumn } from '../store/stored-column.ts';
import { storedTable } from '../store/stored-table.ts';
import { replayed, shadowTable } from './shadow.ts';
import { uniqueColumns } from './table-keys.ts';

/** What is compared: the tables, and the blocks whose journal is. */
export interface Comparison {
  readonly chainId: number;
  readonly tables: readonly ChainTableName[];
  /** The first block that was folded again, or the first that the journal still has. */
  readonly from: number;
  /** The last block that was folded again. */
  readonly to: number;
}

/**
 * Each row that differs: what is to be done with it (`A`dded, `C`hanged, `R`emoved, or of which only the `H`istory differs, and `S`ame for
 * one that must be made again because a row that it refers to is), and whether it is removed and made again in place of being changed.
 */
export const differences = 'pg_temp.replay_differences';
const candidates = 'pg_temp.replay_candidates';

export async function prepareComparison(client: ClientBase): Promise<void> {
  await client.query(
    `create temporary table if not exists replay_candidates
       (table_id smallint not null, row_id uuid not null, has_other_history boolean not null);
     create temporary table if not exists replay_differences
       (table_id smallint not null, row_id uuid not null, action "char" not null, is_replaced boolean not null default false,
        primary key (table_id, row_id));
     truncate ${candidates}, ${differences}`,
  );
}

/** Notes every row that differs, or whose history does. To be run in one snapshot. */
export async function noteCandidates(client: ClientBase, comparison: Comparison): Promise<void> {
  const { chainId, tables, from, to } = comparison;
  for (const name of tables) {
    const { id, sqlName } = storedTable(name);
    await client.query(
      `insert into ${candidates}
       select ${id}, coalesce(stored.id, made.id), false
       from (select * from ${sqlName} where chain_id = ${chainId}) as stored
       full join ${shadowTable(name).sqlName} as made on made.id = stored.id
       where stored.id is null or made.id is null or ${differs(name)}`,
    );
  }
  await client.query(
    `insert into ${candidates}
     select distinct coalesce(stored.table_id, made.table_id), row_id, true
     from (
       select * from ledger.standing_changes
       where chain_id = $1 and block_number between $2 and $3 and table_id = any($4)
     ) as stored
     full join (
       select * from ${replayed.journal} where block_number between $2 and $3 and table_id = any($4)
     ) as made using (row_id, block_number)
     where (stored.operation, stored.log_index, stored.before)
       is distinct from (made.operation, made.log_index, made.before)`,
    [chainId, from, to, tables.map((name) => storedTable(name).id)],
  );
}

/** Notes the rows that blocks after `to` have changed: to be called before those are undone. */
export async function noteTail(client: ClientBase, { chainId, tables, to }: Comparison): Promise<void> {
  await client.query(
    `insert into ${candidates}
     select distinct table_id, row_id, false from ledger.standing_changes
     where chain_id = $1 and block_number > $2 and table_id = any($3)`,
    [chainId, to, tables.map((name) => storedTable(name).id)],
  );
}

/** Decides what is to be done with each row that was noted, now that the tables stand where the shadow does. */
export async function decide(client: ClientBase, { chainId, tables }: Comparison): Promise<void> {
  await client.query(`truncate ${differences}; analyze ${candidates}`);
  for (const name of tables) {
    const { id, sqlName } = storedTable(name);
    await client.query(
      `insert into ${differences} (table_id, row_id, action, is_replaced)
       select ${id}, row_id,
         case when stored.id is null then 'A' when made.id is null then 'R' when ${differs(name)} then 'C' else 'H' end,
         stored.id is not null and made.id is not null and ${keyDiffers(name)}
       from (
         select row_id, bool_or(has_other_history) as has_other_history from ${candidates}
         where table_id = ${id} group by row_id
       ) as candidate
       left join ${sqlName} as stored on stored.id = row_id and stored.chain_id = ${chainId}
       left join ${shadowTable(name).sqlName} as made on made.id = row_id
       where (stored.id is not null or made.id is not null)
         and (has_other_history or stored.id is null or made.id is null or ${differs(name)})`,
    );
  }
}

/** The columns that are the chain's, which are compared and written. */
export function comparedColumns(name: ChainTableName): StoredColumn[] {
  const journaled = journaledColumns(name);
  return storedTable(name).columns.filter(({ property }) => property in journaled);
}

/** Whether `stored` and `made` differ, to the bit. */
function differs(name: ChainTableName): string {
  const columns = comparedColumns(name);
  return `(${values('stored', columns)}) is distinct from (${values('made', columns)})`;
}

function keyDiffers(name: ChainTableName): string {
  const keys = uniqueColumns(name);
  return keys.length === 0
    ? 'false'
    : `(${values('stored', keys)}, null) is distinct from (${values('made', keys)}, null)`;
}

/** PostgreSQL finds 1.0 and 1.00 equal, in a number without a scale and inside of documents: their digits are compared there. */
function values(relation: string, columns: readonly StoredColumn[]): string {
  return columns
    .map(({ name, sqlType }) => {
      const column = `${relation}.${escapeIdentifier(name)}`;
      return sqlType === 'numeric' || sqlType === 'jsonb' ? `${column}::text` : column;
    })
    .join(', ');
}
