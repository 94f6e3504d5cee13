/**
 * Brings a database to the schema of this code: the migrations that drizzle-kit made, under a lock, in one transaction.
 */
import { fileURLToPath } from 'node:url';
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator';
import type { ClientBase, Pool, PoolClient } from 'pg';
import type { Logger } from 'pino';
import { CannotRunError, TraceChainError } from '../primitives/errors.ts';
import { connect, createPool } from './client.ts';
import { errorCode, explainConnectionError } from './errors.ts';

const migrationsFolder = fileURLToPath(new URL('../../drizzle', import.meta.url));
const migrationsSchema = 'ledger';
const migrationsTable = 'migrations';

/** The session lock that migrating daemons take in turn: any number will do that nothing else in the database uses. */
const lockKey = 0x7472_6163_65;

const oldestMajor = 15;
const newestMajor = 18;

export interface Migration {
  /** SHA-256 of its file. */
  readonly hash: string;
  /** When it was generated: the order in which migrations apply. */
  readonly generatedAt: Date;
}

export type MigrationSource = { readonly connectionString: string } | { readonly pool: Pool };

/**
 * Applies what is pending, and returns it. Two daemons may do so at once: the second waits, and finds nothing to do.
 *
 * Throws a CannotRunError when the database can't be reached, isn't fit (version, encoding, privileges), or has
 * migrations that this code doesn't have.
 */
export async function migrate(
  source: MigrationSource & { readonly logger?: Pick<Logger, 'info' | 'warn'> },
): Promise<readonly Migration[]> {
  return await onOneSession(source, async (client) => {
    await requireFitServer(client);
    // A failure needs no unlocking: its session is ended, and the lock with it.
    await client.query('select pg_advisory_lock($1)', [lockKey]);
    const pending = await findPending(client);
    // Looked at beforehand because the migrator needs the privilege to create schemas even when there is nothing to do.
    if (pending.length > 0) await relayWarnings(client, source.logger, async () => await apply(client));
    await client.query('select pg_advisory_unlock($1)', [lockKey]);
    source.logger?.info({ applied: pending.length }, 'the schema is up to date');
    return pending;
  });
}

/** What `migrate` would apply. Throws as `migrate` does, and changes nothing. */
export async function pendingMigrations(source: MigrationSource): Promise<readonly Migration[]> {
  return await onOneSession(source, async (client) => {
    await requireFitServer(client);
    return await findPending(client);
  });
}

/** What the driver gives of PostgreSQL's notices. */
type Notice = Readonly<Record<'severity' | 'message' | 'hint', string | undefined>>;

/** What a migration could not do, and went on without, is for whoever runs it to hear: a role that it may not make. */
async function relayWarnings(
  client: PoolClient,
  logger: Pick<Logger, 'warn'> | undefined,
  work: () => Promise<void>,
): Promise<void> {
  const relay = ({ severity, message, hint }: Notice): void => {
    if (severity === 'WARNING') logger?.warn({ fix: hint }, message);
  };
  client.on('notice', relay);
  try {
    await work();
  } finally {
    client.off('notice', relay);
  }
}

async function apply(client: PoolClient): Promise<void> {
  try {
    await applyMigrations(drizzle(client), { migrationsFolder, migrationsSchema, migrationsTable });
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    if (errorCode(cause) === '42501') throw explainConnectionError(cause, client);
    throw new CannotRunError(`a migration failed, and nothing of it was kept: ${messageOf(cause)}`, {
      code: 'database/migration-failed',
      fix: 'If public has tables of these names from elsewhere, use an empty database; otherwise this is a fault to report.',
      cause: error,
    });
  }
}

async function requireFitServer(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ version: string; major: number; encoding: string; name: string }>(
    `select current_setting('server_version') as version, current_setting('server_version_num')::int / 10000 as major,
       current_setting('server_encoding') as encoding, current_database() as name`,
  );
  const [server] = rows;
  if (server === undefined)
    throw new TraceChainError('PostgreSQL said nothing of itself', { code: 'database/unfit' });
  if (server.major < oldestMajor || server.major > newestMajor) {
    throw new CannotRunError(`PostgreSQL ${server.version} isn't supported`, {
      code: 'database/version',
      fix: `Use PostgreSQL ${oldestMajor} to ${newestMajor}.`,
    });
  }
  if (server.encoding !== 'UTF8') {
    throw new CannotRunError(`the database "${server.name}" has the encoding ${server.encoding}`, {
      code: 'database/encoding',
      fix: `Create it with UTF8: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.`,
    });
  }
}

/** Drizzle's migrator looks at the newest timestamp only; here every applied migration must be ours, in our order. */
async function findPending(client: ClientBase): Promise<readonly Migration[]> {
  const ours = readMigrationFiles({ migrationsFolder });
  const applied = await appliedMigrations(client);
  for (const [index, { hash, created_at: generatedAt }] of applied.entries()) {
    if (ours[index]?.hash !== hash) throw foreignMigration(Number(generatedAt), ours);
  }
  return ours
    .slice(applied.length)
    .map(({ hash, folderMillis }) => ({ hash, generatedAt: new Date(folderMillis) }));
}

function foreignMigration(generatedAtMs: number, ours: readonly MigrationMeta[]): CannotRunError {
  const generatedAt = new Date(generatedAtMs).toISOString();
  if (generatedAtMs > (ours.at(-1)?.folderMillis ?? 0)) {
    return new CannotRunError(
      `the database's schema is newer than the code: it has a migration of ${generatedAt}`,
      {
        code: 'database/schema-newer',
        fix: 'Run the version of tracechain that migrated it, or a later one.',
      },
    );
  }
  return new CannotRunError(`the database has a migration of ${generatedAt} that isn't this code's`, {
    code: 'database/schema-foreign',
    fix: 'Run the version of tracechain that migrated it, or use another database: applied migrations must not be edited.',
  });
}

interface AppliedMigration {
  readonly hash: string;
  readonly created_at: string;
}

async function appliedMigrations(client: ClientBase): Promise<readonly AppliedMigration[]> {
  const { rows: found } = await client.query<{ name: string | null }>(
    'select to_regclass($1)::text as name',
    [`${migrationsSchema}.${migrationsTable}`],
  );
  if (found[0]?.name === null) return [];
  const { rows } = await client.query<AppliedMigration>(
    `select hash, created_at::text from ${migrationsSchema}.${migrationsTable} order by created_at, id`,
  );
  return rows;
}

/** One session, which the advisory lock needs; a pool of its own for a connection string. */
async function onOneSession<Result>(
  source: MigrationSource,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  if ('pool' in source) return await useClient(source.pool, work);
  const pool = createPool({
    connectionString: source.connectionString,
    applicationName: 'tracechain migrate',
    maximumConnections: 1,
    // What breaks fails the statement that is under way, too.
    onConnectionError: () => undefined,
  });
  try {
    return await useClient(pool, work);
  } finally {
    await pool.end();
  }
}

async function useClient<Result>(pool: Pool, work: (client: PoolClient) => Promise<Result>): Promise<Result> {
  const client = await connectAtStart(pool);
  let failure: Error | undefined;
  try {
    return await work(client);
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    // A session that failed may still hold the lock: it is ended, not given back to the pool.
    client.release(failure);
  }
}

/** At the start even what may pass by itself is a reason not to run. */
async function connectAtStart(pool: Pool): Promise<PoolClient> {
  try {
    return await connect(pool);
  } catch (error) {
    if (!(error instanceof TraceChainError) || error instanceof CannotRunError) throw error;
    const { code, fix, cause } = error;
    throw new CannotRunError(error.message, { code, ...(fix === undefined ? {} : { fix }), cause });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
