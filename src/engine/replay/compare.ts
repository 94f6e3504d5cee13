/**
 * Compares the replayed rows with the tables. The full comparison runs in a snapshot, concurrently with the daemon. Between two batches
 * only the candidates that it found, and the rows changed since, are compared again.
 */
import type { ClientBase } from 'pg';
import { escapeIdentifier } from 'pg';
import { journaledColumns, type ChainTableName } from '../tables.ts';
import type { StoredColumn } from '../store/stored-column.ts';
import { storedTable } from '../store/stored-table.ts';
import { replayed, shadowTable } from './shadow.ts';
import { uniqueColumns } from './table-keys.ts';

/** The scope of the comparison: the tables, and the blocks whose journal entries are compared. */
export interface Comparison {
  readonly chainId: number;
  readonly tables: readonly ChainTableName[];
  /** The first replayed block, or the first one that the journal still has. */
  readonly from: number;
  /** The last replayed block. */
  readonly to: number;
}

/**
 * Each row that differs, with the action: `A`dded, `C`hanged, `R`emoved, `H`istory only, or `S`ame, for an unchanged row that must be
 * reinserted because a row that it refers to is. `is_replaced` states whether the row is deleted and reinserted instead of updated.
 */
export const differences = 'pg_temp.replay_differences';
const candidates = 'pg_temp.replay_candidates';

/** Creates the temporary tables of the comparison. */
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

/** Records every row that differs or whose history differs. Call it in a snapshot. */
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

/** Records the rows that blocks after `to` have changed. Call it before those blocks are undone. */
export async function noteTail(client: ClientBase, { chainId, tables, to }: Comparison): Promise<void> {
  await client.query(
    `insert into ${candidates}
     select distinct table_id, row_id, false from ledger.standing_changes
     where chain_id = $1 and block_number > $2 and table_id = any($3)`,
    [chainId, to, tables.map((name) => storedTable(name).id)],
  );
}

/** Determines the action for each recorded row. The tables must have the same block as the shadow. */
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

/** The chain-owned columns, which are compared and written. */
export function comparedColumns(name: ChainTableName): StoredColumn[] {
  const journaled = journaledColumns(name);
  return storedTable(name).columns.filter(({ property }) => property in journaled);
}

/** A SQL condition: `stored` and `made` are not identical to the bit. */
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

/** PostgreSQL considers 1.0 and 1.00 equal, in a number without a scale and inside documents. Those values are compared as text. */
function values(relation: string, columns: readonly StoredColumn[]): string {
  return columns
    .map(({ name, sqlType }) => {
      const column = `${relation}.${escapeIdentifier(name)}`;
      return sqlType === 'numeric' || sqlType === 'jsonb' ? `${column}::text` : column;
    })
    .join(', ');
}
