/**
 * Connections to PostgreSQL: pools with the session settings that our SQL relies on, and transactions.
 */
import {
  Client,
  type ClientBase,
  type ClientConfig,
  type CustomTypesConfig,
  Pool,
  type PoolClient,
  type QueryConfig,
  types,
} from 'pg';
import { CannotRunError, InvariantError, type TraceChainError } from '../primitives/errors.ts';
import { type ConnectionTarget, explainConnectionError, noAnswer } from './errors.ts';
import { pipelined } from './pipeline.ts';

export interface DatabaseOptions {
  /** A PostgreSQL URL. Its `sslmode` means what it means to psql. */
  readonly connectionString: string;
  /** What pg_stat_activity shows the sessions as; PostgreSQL keeps 63 bytes of it. */
  readonly applicationName: string;
  /** A connection that the server ended, or that broke, while nobody waited for an answer of it. */
  readonly onConnectionError: (error: TraceChainError) => void;
  readonly maximumConnections?: number;
  readonly connectTimeoutMs?: number;
  /** 0, or nothing: no limit. */
  readonly statementTimeoutMs?: number;
  readonly lockTimeoutMs?: number;
  readonly idleInTransactionTimeoutMs?: number;
  /**
   * Statements are sent without waiting for the answers of those before (`pipelined`), a transaction's beginning with those of its work, and
   * each is planned once a connection. Its connections stay open.
   */
  readonly isPipelined?: boolean;
}

const defaultMaximumConnections = 10;
const defaultConnectTimeoutMs = 10_000;
/** To wait for a connection that others use is no fault, but to wait for ever would hide one. */
const checkoutTimeoutMs = 60_000;

/** Throws a CannotRunError for a connection string that can't be read. */
export function createPool(options: DatabaseOptions): Pool {
  const { connectionString, sessionOptions } = readConnectionString(options.connectionString);
  const target = targetOf(connectionString);
  const connectTimeoutMs = options.connectTimeoutMs ?? defaultConnectTimeoutMs;
  const pool = new Pool({
    connectionString,
    Client: explainingClient(connectTimeoutMs),
    application_name: options.applicationName,
    max: options.maximumConnections ?? defaultMaximumConnections,
    connectionTimeoutMillis: connectTimeoutMs + checkoutTimeoutMs,
    options: [sessionOptions, ...sessionSettings(options)].join(' ').trim(),
    keepAlive: true,
    types: exactTypes,
    ...(options.isPipelined === true ? { pipeline: true, idleTimeoutMillis: 0 } : {}),
  });
  const report = (error: Error) => {
    // The pool hangs the client on it, with everything that the client holds.
    Reflect.deleteProperty(error, 'client');
    options.onConnectionError(explainConnectionError(error, target));
  };
  // The pool listens to idle connections only: without a listener, one that breaks while it is checked out and silent
  // would end the process. What breaks in the middle of a query fails that query as well.
  pool.on('connect', (client) => client.on('error', report));
  if (options.isPipelined === true) pool.on('connect', prepareStatements);
  pool.on('error', () => undefined);
  return pool;
}

/** Every text with parameters gets a name, under which the driver has the server prepare it once a connection. */
const statementNames = new Map<string, string>();

function prepareStatements(client: ClientBase): void {
  const send = client.query.bind(client) as (...given: unknown[]) => unknown;
  const query = (first: unknown, ...rest: unknown[]): unknown => {
    const given = typeof first === 'string' ? { text: first, values: rest[0] } : (first as QueryConfig);
    if (!Array.isArray(given.values)) return send(first, ...rest);
    let name = statementNames.get(given.text);
    if (name === undefined) statementNames.set(given.text, (name = `statement ${statementNames.size}`));
    return send({ ...given, name }, ...(typeof first === 'string' ? rest.slice(1) : rest));
  };
  client.query = query as typeof client.query;
}

/** Connects once. Throws what `explainConnectionError` makes of a failure. */
export async function probe(pool: Pool): Promise<void> {
  const client = await connect(pool);
  client.release();
}

/** Runs the work on one connection, outside a transaction. */
export async function withClient<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await connect(pool);
  try {
    return await work(client);
  } finally {
    client.release(unusable.get(client));
  }
}

/**
 * Runs one statement that must be answered within the time, and returns the number of its rows; throws what may pass by itself
 * (`database/unreachable`) where it isn't, and throws the connection away: what became of the statement nobody knows.
 */
export async function executeWithin(
  pool: Pool,
  timeoutMs: number,
  statement: { readonly text: string; readonly values: unknown[] },
): Promise<number> {
  const client = await connect(pool);
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(noAnswer(targetOf(pool.options.connectionString ?? ''), timeoutMs));
  }, timeoutMs);
  let broken: Error | undefined;
  try {
    const { rowCount } = await Promise.race([client.query(statement), late.promise]);
    return rowCount ?? 0;
  } catch (error) {
    broken = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    clearTimeout(timer);
    client.release(broken);
  }
}

export interface TransactionOptions<Result = unknown> {
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable';
  readonly isReadOnly?: boolean;
  /** Whether what was done is to stay, told by its result: where only the outcome is wanted, it is rolled back. By default it stays. */
  readonly keeps?: (result: Result) => boolean;
}

/**
 * Runs the work in one transaction on one connection: committed when it returns, rolled back when it throws. A connection
 * that can't even be rolled back is thrown away.
 */
export async function withTransaction<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Result>,
  options: TransactionOptions<Result> = {},
): Promise<Result> {
  return await withClient(pool, async (client) => await inTransaction(client, work, options));
}

/** `withTransaction` on a connection that one has, and that has no transaction open. */
export async function inTransaction<Session extends ClientBase, Result>(
  client: Session,
  work: (client: Session) => Promise<Result>,
  options: TransactionOptions<Result> = {},
): Promise<Result> {
  try {
    const { isolation = 'read committed', isReadOnly = false } = options;
    const begin = `begin isolation level ${isolation} ${isReadOnly ? 'read only' : 'read write'}`;
    const [, result] = await pipelined<[unknown, Result]>(client, [
      async () => await client.query(begin),
      async () => await work(client),
    ]);
    if (options.keeps?.(result) === false) await client.query('rollback');
    else await commit(client);
    return result;
  } catch (error) {
    await rollBack(client);
    throw error;
  }
}

/** Throws where PostgreSQL rolled back instead: it does so, without an error, for a transaction of which a statement failed. */
async function commit(client: ClientBase): Promise<void> {
  const { command } = await client.query('commit');
  if (command !== 'COMMIT')
    throw new InvariantError('a transaction was to be committed of which a statement had failed');
}

/** Connections that couldn't be rolled back, with why: nobody may get them again. */
const unusable = new WeakMap<ClientBase, Error>();

/** Never throws: the error that led here is the one to tell. */
async function rollBack(client: ClientBase): Promise<void> {
  try {
    await client.query('rollback');
  } catch (error) {
    unusable.set(client, error instanceof Error ? error : new Error(String(error)));
  }
}

/** A connection of the pool's, to be released; failures as `explainConnectionError` puts them. */
export async function connect(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw explainConnectionError(error, targetOf(pool.options.connectionString ?? ''));
  }
}

/**
 * A client that explains its errors where they arise, so that every way into the pool has them: queries, Drizzle, pg-boss.
 * It has a time limit of its own, because the pool's one covers waiting for a free connection as well.
 */
function explainingClient(connectTimeoutMs: number) {
  return class ExplainingClient extends Client {
    constructor(config?: ClientConfig) {
      super({ ...config, connectionTimeoutMillis: connectTimeoutMs });
    }

    override connect(): Promise<this>;
    override connect(callback: (error: Error | null) => void): void;
    override connect(callback?: (error: Error | null) => void): Promise<this> | void {
      if (callback === undefined) return this.connectOrExplain();
      super.connect((error: Error | null) => callback(error && explainConnectionError(error, this)));
    }

    private async connectOrExplain(): Promise<this> {
      try {
        await super.connect();
        return this;
      } catch (error) {
        throw explainConnectionError(error, this);
      }
    }
  };
}

/**
 * An int8 stays a string: a number would round it. (It is the driver's default, but a process-wide one that any library
 * may change.)
 */
const exactTypes: CustomTypesConfig = {
  getTypeParser: (type, format) =>
    type === types.builtins.INT8 ? (text: string) => text : types.getTypeParser(type, format),
};

/** What our SQL relies on, whatever the role's or the database's own settings are. */
function sessionSettings(options: DatabaseOptions): string[] {
  const settings = {
    search_path: 'public',
    datestyle: 'ISO',
    timezone: 'UTC',
    statement_timeout: options.statementTimeoutMs ?? 0,
    lock_timeout: options.lockTimeoutMs ?? 0,
    idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs ?? 0,
  };
  return Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
}

const sslModes = new Set(['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify']);

/**
 * The connection string as the driver is to have it.
 *
 * `sslmode` is taken as libpq does: `require` encrypts and checks no certificate unless `sslrootcert` is given. (Left
 * alone, the driver takes it as `verify-full`.) `allow` becomes `prefer`, and both insist on TLS, because the driver
 * can't fall back. `options` is handed out, because the driver would let it replace ours instead of adding to them;
 * `application_name` is dropped, because ours tells the sessions of one daemon from another's.
 */
function readConnectionString(text: string): { connectionString: string; sessionOptions: string } {
  const [base, query] = splitOnce(text, '?');
  const parameters = new URLSearchParams(query);
  const sessionOptions = parameters.get('options') ?? '';
  parameters.delete('options');
  parameters.delete('application_name');
  const mode = parameters.get('sslmode');
  if (mode !== null && !sslModes.has(mode)) {
    throw new CannotRunError(`sslmode "${mode}" in DATABASE_URL isn't one of PostgreSQL's`, {
      code: 'database/url',
      fix: `Use one of ${[...sslModes].join(', ')}.`,
    });
  }
  if (mode === 'allow') parameters.set('sslmode', 'prefer');
  if (mode !== null && mode !== 'no-verify') parameters.set('uselibpqcompat', 'true');
  return {
    connectionString: parameters.size === 0 ? base : `${base}?${parameters.toString()}`,
    sessionOptions,
  };
}

function splitOnce(text: string, separator: string): [string, string] {
  const index = text.indexOf(separator);
  return index === -1 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)];
}

/** Reads the connection string as the driver does. */
function targetOf(connectionString: string): ConnectionTarget {
  try {
    const { host, port, database, user } = new Client({ connectionString });
    return { host, port, database, user };
  } catch (error) {
    // Its cause isn't kept: a URL's error carries the URL, and that the password.
    const reason =
      error instanceof TypeError
        ? 'it is no URL'
        : error instanceof Error
          ? error.message
          : 'it is unreadable';
    throw new CannotRunError(`DATABASE_URL can't be used: ${reason}`, {
      code: 'database/url',
      fix: 'Write it as postgresql://user:password@host:5432/database, special characters in the password percent-encoded.',
    });
  }
}
