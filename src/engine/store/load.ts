/** Loads the rows that a batch needs in bulk, in the representation that the fold uses. */
import { type ClientBase, escapeIdentifier, type Pool } from 'pg';
import { pipelined } from '../../db/pipeline.ts';
import type { ChainTableName } from '../tables.ts';
import type { Uuid } from '../../primitives/ids.ts';
import type { LoadedRow, WantedRows } from '../projection/rows.ts';
import type { Lookup, LookupKey } from '../projection/lookup.ts';
import type { AnyRow } from '../projection/entity.ts';
import { arrayLiteral, type StoredColumn } from './stored-column.ts';
import { type StoredTable, storedTable, type StoredTables } from './stored-table.ts';
import { withClient } from '../../db/client.ts';
import type { RowSource } from '../projection/project.ts';

/**
 * Loads the requested rows of the chain, each once even if several lookups match it. The source is the tables or a replacement, such as the
 * tables as of a block or a replay's tables.
 */
export async function loadRows(
  client: ClientBase,
  requested: WantedRows,
  chainId: number,
  tables: StoredTables = storedTable,
): Promise<LoadedRow[]> {
  const loaded = new Map<Uuid, LoadedRow>();
  const add = (table: ChainTableName, rows: readonly AnyRow[]): void => {
    for (const row of rows) loaded.set(row['id'] as Uuid, { table, row });
  };
  const byId = [...requested.rows]
    .filter(([, ids]) => ids.size > 0)
    .map(
      ([name, ids]) =>
        async () =>
          add(name, await loadById(client, tables(name), [...ids.keys()])),
    );
  const byLookup = groupByLookup(requested).map(
    ({ question, keys }) =>
      async () =>
        add(question.table, await loadByLookup(client, tables(question.table), { question, keys }, chainId)),
  );
  await pipelined(client, [...byId, ...byLookup]);
  return [...loaded.values()];
}

async function loadById(client: ClientBase, table: StoredTable, ids: readonly Uuid[]): Promise<AnyRow[]> {
  return select(client, table, 'id = any($1::uuid[])', [arrayLiteral(ids)]);
}

interface LookupKeys {
  readonly question: Lookup;
  readonly keys: LookupKey[];
}

/** Groups the lookups so that each kind of lookup runs as one query with all its keys. */
function groupByLookup({ lookups }: WantedRows): LookupKeys[] {
  const groups = new Map<Lookup, LookupKeys>();
  for (const { question, key } of lookups.values()) {
    let group = groups.get(question);
    if (group === undefined) groups.set(question, (group = { question, keys: [] }));
    group.keys.push(key);
  }
  return [...groups.values()];
}

async function loadByLookup(
  client: ClientBase,
  table: StoredTable,
  { question, keys }: LookupKeys,
  chainId: number,
): Promise<AnyRow[]> {
  const columns = question.columns.map((property) => table.column(property));
  const having = Object.entries(question.having).map(([property, value]) => ({
    column: table.column(property),
    value,
  }));
  const values: unknown[] = [chainId];
  const parameter = (value: string, sqlType: string): string => `$${values.push(value)}::${sqlType}`;
  const unnested = columns.map((column, index) =>
    parameter(
      arrayLiteral(keys.map((key) => column.text({ [column.property]: key[index] ?? null }))),
      `${column.sqlType}[]`,
    ),
  );
  const names = columns.map(({ name }) => escapeIdentifier(name)).join(', ');
  const conditions = having.map(({ column, value }) =>
    havingCondition(column, value as AnyRow[string], parameter),
  );
  const condition = [
    'chain_id = $1',
    `(${names}) in (select * from unnest(${unnested.join(', ')}))`,
    ...conditions,
  ].join(' and ');
  return select(client, table, condition, values);
}

function havingCondition(
  column: StoredColumn,
  value: AnyRow[string],
  parameter: (value: string, sqlType: string) => string,
): string {
  const name = escapeIdentifier(column.name);
  const text = column.text({ [column.property]: value ?? null });
  if (text === null) return `${name} is null`;
  // The condition is written out, because the planner uses a partial index only if it sees the truth value.
  if (column.sqlType === 'boolean') return text === 'true' ? name : `not ${name}`;
  return `${name} = ${parameter(text, column.sqlType)}`;
}

async function select(
  client: ClientBase,
  table: StoredTable,
  condition: string,
  values: unknown[],
): Promise<AnyRow[]> {
  const { columns } = table;
  const { rows } = await client.query<unknown[]>({
    text: `select ${columns.map((column) => column.select).join(', ')} from ${table.sqlName} where ${condition}`,
    values,
    rowMode: 'array',
  });
  return rows.map((fields) => rowOf(columns, fields));
}

function rowOf(columns: readonly StoredColumn[], fields: readonly unknown[]): AnyRow {
  const row: Record<string, AnyRow[string]> = {};
  for (const [index, column] of columns.entries())
    row[column.property] = column.decode(fields[index] ?? null);
  return row;
}

/** The rows that this session sees, including its own uncommitted changes. */
export function liveRows(client: ClientBase, chainId: number): RowSource {
  return { load: async (requested) => await loadRows(client, requested, chainId) };
}

/**
 * The committed rows. Loading needs no transaction: a chain has one writer, and the fence guarantees that the transaction that saves the
 * effect finds the same rows.
 */
export function committedRows(pool: Pool, chainId: number): RowSource {
  return {
    load: async (requested) =>
      await withClient(pool, async (client) => await loadRows(client, requested, chainId)),
  };
}
