/** The tables as the daemon left them, read without any of its code, every reference replaced by what it refers to. */
import { Client } from 'pg';
import { keyColumns } from './tables.ts';
import { known } from './history.ts';
import { keyText } from './row.ts';
import type { ExpectedRow, Value } from './row.ts';

export interface StoredTable {
  readonly columns: readonly string[];
  readonly rows: readonly ExpectedRow[];
}

interface Column {
  readonly name: string;
  readonly type: string;
  /** The table that a foreign key refers to. */
  readonly refersTo: string | null;
}

/** Reads these tables of schema `public`, and those that they refer to. */
export async function readTables(
  databaseUrl: string,
  tables: readonly string[],
): Promise<Map<string, StoredTable>> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('begin isolation level repeatable read');
    const columns = new Map<string, Column[]>();
    const raw = new Map<string, Record<string, unknown>[]>();
    for (const table of new Set([...tables, 'users', 'compliance_standards'])) {
      const ofTable = await readColumns(client, table);
      columns.set(table, ofTable);
      raw.set(table, await readRows(client, table, ofTable));
    }
    return resolveReferences(columns, raw);
  } finally {
    await client.end();
  }
}

async function readColumns(client: Client, table: string): Promise<Column[]> {
  const { rows } = await client.query<Column>(
    `select attribute.attname as name, format_type(attribute.atttypid, null) as type,
            (select reference.confrelid::regclass::text from pg_constraint reference
             where reference.conrelid = attribute.attrelid and reference.contype = 'f'
               and reference.conkey = array[attribute.attnum]) as "refersTo"
     from pg_attribute attribute
     where attribute.attrelid = $1::regclass and attribute.attnum > 0 and not attribute.attisdropped
     order by attribute.attnum`,
    [`public.${table}`],
  );
  return rows;
}

async function readRows(
  client: Client,
  table: string,
  columns: readonly Column[],
): Promise<Record<string, unknown>[]> {
  const list = columns.map(({ name, type }) => `${selected(name, type)} as "${name}"`);
  const { rows } = await client.query<Record<string, unknown>>(
    `select ${list.join(', ')} from public."${table}" ${isOfTheChain(columns)}`,
  );
  return rows;
}

/** Some tables have rows of the application's or the daemon's own beside the chain's, which alone know their contract. */
function isOfTheChain(columns: readonly Column[]): string {
  const isMixed = columns.some(({ name }) => name === 'smart_contract_address');
  return isMixed ? 'where smart_contract_address is not null' : '';
}

/** Everything that isn't a text, a truth or a document as exact text: seconds for times, no trailing zeros in numbers. */
function selected(name: string, type: string): string {
  switch (type) {
    case 'timestamp with time zone':
      return `trim_scale(extract(epoch from "${name}"))::text`;
    case 'numeric':
      return `trim_scale("${name}")::text`;
    case 'bytea':
      return `'0x' || encode("${name}", 'hex')`;
    case 'boolean':
    case 'jsonb':
    case 'text[]':
      return `"${name}"`;
    default:
      return `"${name}"::text`;
  }
}

function resolveReferences(
  columns: ReadonlyMap<string, readonly Column[]>,
  raw: ReadonlyMap<string, readonly Record<string, unknown>[]>,
): Map<string, StoredTable> {
  const byId = new Map<string, { table: string; row: Record<string, unknown> }>();
  for (const [table, rows] of raw) for (const row of rows) byId.set(row['id'] as string, { table, row });

  /** A reference to a row that isn't there, or is of another table, shows itself as its bare id. */
  const resolve = (id: unknown, refersTo: string): Value => {
    if (typeof id !== 'string') return null;
    const found = byId.get(id);
    if (found?.table !== refersTo) return id;
    const keys = known(keyColumns[refersTo]).map((name) => keyText(valueOf(found.row, refersTo, name)));
    return `${refersTo}(${keys.join(', ')})`;
  };
  const valueOf = (row: Record<string, unknown>, table: string, name: string): Value => {
    const refersTo = known(columns.get(table)).find((column) => column.name === name)?.refersTo;
    return refersTo == null ? (row[name] as Value) : resolve(row[name], refersTo);
  };
  return new Map(
    [...raw].map(([table, rows]): [string, StoredTable] => {
      const names = known(columns.get(table)).map(({ name }) => name);
      const resolved = rows.map((row) =>
        Object.fromEntries(names.map((name) => [name, valueOf(row, table, name)])),
      );
      return [table, { columns: names, rows: resolved }];
    }),
  );
}
