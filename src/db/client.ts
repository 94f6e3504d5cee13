/** Connections to PostgreSQL: pools with the session settings that the program's SQL relies on, and transactions. */
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
  /** A PostgreSQL URL. `sslmode` has the same meaning as in psql. */
  readonly connectionString: string;
  /** The name of the sessions in pg_stat_activity. PostgreSQL keeps 63 bytes of it. */
  readonly applicationName: string;
  /** Called when the server ends a connection, or the connection breaks, while no query is in progress. */
  readonly onConnectionError: (error: TraceChainError) => void;
  readonly maximumConnections?: number;
  readonly connectTimeoutMs?: number;
  /** 0 or undefined: no limit. */
  readonly statementTimeoutMs?: number;
  readonly lockTimeoutMs?: number;
  readonly idleInTransactionTimeoutMs?: number;
  /**
   * Sends statements without waiting for the results of earlier ones (`pipelined`), starts a transaction together with its first statements,
   * and prepares each statement once per connection. The pool keeps its connections open.
   */
  readonly isPipelined?: boolean;
}

const defaultMaximumConnections = 10;
const defaultConnectTimeoutMs = 10_000;
/** Waiting for a connection in use is normal, but waiting without a limit would hide a leaked connection. */
const checkoutTimeoutMs = 60_000;

/** Creates a pool. Throws a CannotRunError if the connection string is invalid. */
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
    // The pool attaches the client, with everything that it refers to.
    Reflect.deleteProperty(error, 'client');
    options.onConnectionError(explainConnectionError(error, target));
  };
  // The pool listens only to idle connections. Without this listener, the failure of a checked-out connection between queries would end the
  // process. A failure during a query fails that query as well.
  pool.on('connect', (client) => client.on('error', report));
  if (options.isPipelined === true) pool.on('connect', prepareStatements);
  pool.on('error', () => undefined);
  return pool;
}

/** Every text with parameters gets a name, under which the driver prepares it once per connection. */
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

/** Connects once. Throws the error of `explainConnectionError` on failure. */
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
 * Runs one statement with a time limit and returns the number of its rows. On a timeout it throws a transient error
 * (`database/unreachable`) and closes the connection, because the outcome of the statement is unknown.
 */
export async function executeWithin(
  pool: Pool,
  timeoutMs: number,
  statement: { readonly text: string; readonly values: unknown[] },
): Promise<number> {
  const client = await connect(pool);
  let broken: Error | undefined;
  try {
    const { rowCount } = await answerWithin(pool, timeoutMs, client.query(statement));
    return rowCount ?? 0;
  } catch (error) {
    broken = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    client.release(broken);
  }
}

/**
 * Waits for the answer to a statement for a limited time. On a timeout it throws a transient error (`database/unreachable`), and the caller
 * must close the connection.
 */
export async function answerWithin<Answer>(
  pool: Pool,
  timeoutMs: number,
  answer: Promise<Answer>,
): Promise<Answer> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(noAnswer(targetOf(pool.options.connectionString ?? ''), timeoutMs));
  }, timeoutMs);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

export interface TransactionOptions<Result = unknown> {
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable';
  readonly isReadOnly?: boolean;
  /** Decides from the result whether to commit; if false, the transaction is rolled back. By default it is committed. */
  readonly keeps?: (result: Result) => boolean;
}

/**
 * Runs the work in one transaction on one connection. Commits when the work returns and rolls back when it throws. Closes the connection if
 * the rollback fails.
 */
export async function withTransaction<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Result>,
  options: TransactionOptions<Result> = {},
): Promise<Result> {
  return await withClient(pool, async (client) => await inTransaction(client, work, options));
}

/** Like `withTransaction`, on a given connection that has no open transaction. */
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

/** Throws if PostgreSQL rolled back instead. It does so, without an error, if a statement of the transaction failed. */
async function commit(client: ClientBase): Promise<void> {
  const { command } = await client.query('commit');
  if (command !== 'COMMIT') throw new InvariantError('commit of a transaction in which a statement failed');
}

/** Connections whose rollback failed, with the error. They must not be reused. */
const unusable = new WeakMap<ClientBase, Error>();

/** Never throws, because the error that caused the rollback is the one to report. */
async function rollBack(client: ClientBase): Promise<void> {
  try {
    await client.query('rollback');
  } catch (error) {
    unusable.set(client, error instanceof Error ? error : new Error(String(error)));
  }
}

/** Checks out a connection, which the caller must release. Throws the errors of `explainConnectionError`. */
export async function connect(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw explainConnectionError(error, targetOf(pool.options.connectionString ?? ''));
  }
}

/**
 * A client class that converts its errors where they occur, so that all users of the pool receive them: queries, Drizzle and pg-boss. It
 * has its own time limit, because the pool's limit includes the wait for a free connection.
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
 * Returns an int8 as a string, because a number would round it. This is the driver's default, but a process-wide one that any library may
 * change.
 */
const exactTypes: CustomTypesConfig = {
  getTypeParser: (type, format) =>
    type === types.builtins.INT8 ? (text: string) => text : types.getTypeParser(type, format),
};

/** The settings that the program's SQL relies on, regardless of those of the role and the database. */
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
 * The connection string in the form that the driver needs.
 *
 * `sslmode` has libpq's meaning: `require` encrypts, and verifies certificates only if `sslrootcert` is given, while the driver alone would
 * treat it as `verify-full`. `allow` becomes `prefer`, and both require TLS, because the driver cannot fall back. `options` is returned
 * separately, because in the driver it would replace the program's options instead of extending them. `application_name` is dropped,
 * because the program uses its own to identify a daemon's sessions.
 */
function readConnectionString(text: string): { connectionString: string; sessionOptions: string } {
  const [base, query] = splitOnce(text, '?');
  const parameters = new URLSearchParams(query);
  const sessionOptions = parameters.get('options') ?? '';
  parameters.delete('options');
  parameters.delete('application_name');
  const mode = parameters.get('sslmode');
  if (mode !== null && !sslModes.has(mode)) {
    throw new CannotRunError(`sslmode "${mode}" in DATABASE_URL is not an sslmode of PostgreSQL`, {
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

/** Parses the connection string like the driver. */
function targetOf(connectionString: string): ConnectionTarget {
  try {
    const { host, port, database, user } = new Client({ connectionString });
    return { host, port, database, user };
  } catch (error) {
    // The error of a URL contains the URL with the password, so it is not kept as the cause.
    const reason =
      error instanceof TypeError
        ? 'it is not a URL'
        : error instanceof Error
          ? error.message
          : 'it cannot be parsed';
    throw new CannotRunError(`DATABASE_URL can't be used: ${reason}`, {
      code: 'database/url',
      fix: 'Use the form postgresql://user:password@host:5432/database, with special characters in the password percent-encoded.',
    });
  }
}
