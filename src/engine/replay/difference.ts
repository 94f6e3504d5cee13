/** Reports the differences that a replay found: the number of rows per table, and the first of them column by column. */
import { getTableName } from 'drizzle-orm';
import type { ClientBase } from 'pg';
import { z } from 'zod';
import { chainTable, type ChainTableName } from '../tables.ts';
import { storedTable } from '../store/stored-table.ts';
import { comparedColumns, differences } from './compare.ts';
import { shadowTable } from './shadow.ts';

const changedColumn = z.object({ before: z.json(), after: z.json() });

/** The differences of one table. */
export const tableDifference = z.object({
  table: z.string(),
  added: z.int(),
  changed: z.int(),
  removed: z.int(),
  /** Rows whose current values are right, but whose journal differs. */
  onlyHistory: z.int(),
  /** The first differing rows: a changed row with the columns that differ, an added or removed row with all columns. */
  rows: z.array(
    z.object({
      id: z.string(),
      change: z.enum(['added', 'changed', 'removed', 'history']),
      columns: z.record(z.string(), changedColumn),
    }),
  ),
});
export type TableDifference = z.output<typeof tableDifference>;

/** The maximum number of reported rows per table. The counts include all rows. */
const maximumRows = 50;
/** Longer values are truncated. */
const maximumValueLength = 500;

const changes = { A: 'added', C: 'changed', R: 'removed', H: 'history' } as const;

/** Reads the actions of `decide` before the merge. Tables without a difference are omitted. */
export async function readDifferences(
  client: ClientBase,
  tables: readonly ChainTableName[],
): Promise<TableDifference[]> {
  const reported: TableDifference[] = [];
  for (const name of tables) {
    const { id } = storedTable(name);
    const { rows } = await client.query<{ added: number; changed: number; removed: number; history: number }>(
      `select count(*) filter (where action = 'A')::int as added, count(*) filter (where action = 'C')::int as changed,
              count(*) filter (where action = 'R')::int as removed, count(*) filter (where action = 'H')::int as history
       from ${differences} where table_id = $1`,
      [id],
    );
    const [counts] = rows;
    if (counts === undefined || counts.added + counts.changed + counts.removed + counts.history === 0)
      continue;
    reported.push({
      table: getTableName(chainTable(name).table),
      added: counts.added,
      changed: counts.changed,
      removed: counts.removed,
      onlyHistory: counts.history,
      rows: await readRows(client, name),
    });
  }
  return reported;
}

async function readRows(client: ClientBase, name: ChainTableName): Promise<TableDifference['rows']> {
  const { id, sqlName } = storedTable(name);
  const owned = comparedColumns(name).map((column) => column.name);
  const { rows } = await client.query<{
    row_id: string;
    action: keyof typeof changes;
    columns: TableDifference['rows'][number]['columns'] | null;
  }>(
    `select row_id, action,
       (select jsonb_object_agg(key, jsonb_build_object('before', before -> key, 'after', after -> key))
        from (select to_jsonb(stored) as before, to_jsonb(made) as after) as images,
             unnest($2::text[]) as key
        where coalesce(before -> key, 'null') is distinct from coalesce(after -> key, 'null')) as columns
     from (select row_id, action from ${differences} where table_id = $1 and action <> 'S' order by action, row_id limit $3) as different
     left join ${sqlName} as stored on stored.id = row_id
     left join ${shadowTable(name).sqlName} as made on made.id = row_id
     order by action, row_id`,
    [id, owned, maximumRows],
  );
  return rows.map(({ row_id: rowId, action, columns }) => ({
    id: rowId,
    change: changes[action],
    columns: Object.fromEntries(
      Object.entries(columns ?? {}).map(([column, { before, after }]) => [
        column,
        { before: cut(before), after: cut(after) },
      ]),
    ),
  }));
}

type Shown = TableDifference['rows'][number]['columns'][string]['before'];

function cut(value: Shown): Shown {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= maximumValueLength ? value : `${text.slice(0, maximumValueLength)}…`;
}
