/** One connection for SQL that a person wrote: results as PostgreSQL prints them, read-only unless told otherwise. */
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PoolClient, QueryArrayResult } from 'pg';
import { types } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { openPool } from '../database.ts';
import { readingOnly } from './read-only.ts';

export interface SqlColumn {
  readonly name: string;
  /** PostgreSQL's type, by its OID. */
  readonly type: number;
}

export interface SqlResult {
  /** `SELECT`, `UPDATE`, …; empty where PostgreSQL doesn't say. */
  readonly command: string;
  readonly rowCount: number | null;
  /** Empty where the statement answers no rows. */
  readonly columns: readonly SqlColumn[];
  /** The values as PostgreSQL writes them; null for NULL. */
  readonly rows: readonly (readonly (string | null)[])[];
}

export interface SqlSession extends AsyncDisposable {
  /** Throws pg's DatabaseError where PostgreSQL refuses the statement. */
  run(statement: string, values?: readonly string[]): Promise<SqlResult>;
  /** Runs a `copy … to stdout` and writes what it gives. Throws as `run` does. */
  copyOut(statement: string, output: Writable): Promise<void>;
  /** Asks PostgreSQL, through a connection of its own, to break off what runs. */
  cancel(): Promise<void>;
}

/** Everything stays the text that PostgreSQL sent: what is shown is what is stored. */
const asText = { getTypeParser: () => (value: string) => value };

/** Connects. Throws what the db room makes of a failure. */
export async function openSqlSession(url: string, mayWrite: boolean): Promise<SqlSession> {
  const pool = openPool(url, 'sql');
  let client: PoolClient | undefined;
  try {
    client = await pool.connect();
  } catch (error) {
    client?.release(true);
    await pool.end();
    throw error;
  }
  const connection = client;
  const { rows } = await connection.query<{ pid: number }>('select pg_backend_pid() as pid');
  const pid = rows[0]?.pid;
  const guarded = async <Result>(statement: string, work: () => Promise<Result>): Promise<Result> =>
    mayWrite ? await work() : await readingOnly(connection, statement, work);
  return {
    async run(statement, values = []) {
      // A server that speaks to the screen: notices go to whoever listens, and nobody does.
      const query = { text: statement, values: [...values], rowMode: 'array' as const, types: asText };
      return toSqlResult(
        await guarded(statement, async () => await connection.query<(string | null)[]>(query)),
      );
    },
    async copyOut(statement, output) {
      await guarded(statement, async () => {
        await pipeline(connection.query(copyTo(statement)), output, { end: false });
      });
    },
    async cancel() {
      const other = openPool(url, 'sql cancel');
      try {
        await other.query('select pg_cancel_backend($1)', [pid]);
      } finally {
        await other.end();
      }
    },
    async [Symbol.asyncDispose]() {
      connection.release(true);
      await pool.end();
    },
  };
}

function toSqlResult(result: QueryArrayResult<(string | null)[]>): SqlResult {
  return {
    command: result.command ?? '',
    rowCount: result.rowCount,
    columns: (result.fields ?? []).map(({ name, dataTypeID }) => ({ name, type: dataTypeID })),
    rows: result.rows ?? [],
  };
}

/** Whether the type's values stand on the right, as psql has them. */
export function isNumeric({ type }: SqlColumn): boolean {
  return numericTypes.has(type);
}

const { builtins } = types;
const smallIntegers: ReadonlySet<number> = new Set([builtins.INT2, builtins.INT4]);
const booleans: ReadonlySet<number> = new Set([builtins.BOOL]);
const jsons: ReadonlySet<number> = new Set([builtins.JSON, builtins.JSONB]);
const numericTypes: ReadonlySet<number> = new Set([
  ...smallIntegers,
  builtins.INT8,
  builtins.FLOAT4,
  builtins.FLOAT8,
  builtins.NUMERIC,
  builtins.OID,
]);

/**
 * Rows for a program: booleans, small integers and JSON as such, the rest as PostgreSQL writes it, so that nothing is
 * rounded. A column whose name came before gets a number behind it.
 */
export function toObjects({ columns, rows }: SqlResult): Record<string, unknown>[] {
  const names = uniqueNames(columns.map(({ name }) => name));
  return rows.map((row) =>
    Object.fromEntries(
      columns.map((column, index) => [names[index] ?? '', toValue(column, row[index] ?? null)]),
    ),
  );
}

function toValue({ type }: SqlColumn, text: string | null): unknown {
  if (text === null) return null;
  if (booleans.has(type)) return text === 't';
  if (smallIntegers.has(type)) return Number(text);
  return jsons.has(type) ? JSON.parse(text) : text;
}

function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let number = 2; taken.has(unique); number++) unique = `${name}_${number}`;
    taken.add(unique);
    return unique;
  });
}
