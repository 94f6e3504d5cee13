/** One connection for SQL that a person wrote: results as PostgreSQL prints them, read-only unless told otherwise. */
import type { ClientBase, PoolClient } from 'pg';
import { types } from 'pg';
import { openPool } from '../database.ts';
import { sendStatement } from './statement.ts';
import type { SqlColumn, SqlResult } from './statement.ts';

export interface SqlSession extends AsyncDisposable {
  /**
   * Runs one statement; the data of `copy … to stdout` goes to standard output. Throws pg's DatabaseError if PostgreSQL
   * refuses the statement, or if the text has several statements.
   */
  run(statement: string): Promise<SqlResult>;
  /** Asks PostgreSQL, through a connection of its own, to cancel what runs. */
  cancel(): Promise<void>;
}

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
  return {
    async run(statement) {
      const send = () => sendStatement(connection, statement, process.stdout);
      return mayWrite ? await send() : await readingOnly(connection, send);
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

/**
 * Runs the work, which sends one statement, in a read-only transaction of its own. A session's default would be no guard, since any
 * statement changes it. After the empty query PostgreSQL refuses to make the transaction read-write, and a statement that ends it
 * has no other behind it.
 *
 * What works outside transactions (dblink, pg_terminate_backend, COPY to a program or a file) is for privileges to refuse.
 */
async function readingOnly<Result>(connection: ClientBase, work: () => Promise<Result>): Promise<Result> {
  await connection.query('begin read only; select');
  let result: Result;
  try {
    result = await work();
  } catch (error) {
    // On a lost connection this fails too, and the first error says why.
    await connection.query('rollback').catch(() => undefined);
    throw error;
  }
  // Keeps the effect of a SET for the prompt's next statement; causes only a warning if the statement was a COMMIT.
  await connection.query('commit');
  return result;
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
