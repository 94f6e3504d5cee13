/**
 * Brings a database to the schema of this code: the migrations that drizzle-kit made, under a lock, in one transaction but
 * for those that can't be (see `isTransactional`).
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ClientBase, Pool, PoolClient } from 'pg';
import type { Logger } from 'pino';
import { CannotRunError, TraceChainError } from '../primitives/errors.ts';
import { connect, createPool } from './client.ts';
import { errorCode, explainConnectionError } from './errors.ts';
import { type MigrationFile, readMigrationFiles } from './migration-files.ts';
import { recordSystemEvent } from './system-events.ts';

const migrationsTable = 'ledger.migrations';

/** The session lock that migrating daemons take in turn: any number will do that nothing else in the database uses. */
const lockKey = 0x7472_6163_65;

const oldestMajor = 15;
const newestMajor = 18;

export interface Migration {
  /** Its file's name, without the ending. */
  readonly name: string;
  /** SHA-256 of its file. */
  readonly hash: string;
  /** When it was generated: the order in which migrations apply. */
  readonly generatedAt: Date;
}

export type MigrationSource = ({ readonly connectionString: string } | { readonly pool: Pool }) & {
  /** Where the migrations are; this code's own by default. */
  readonly folder?: string;
};

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
    await takeLock(client);
    const pending = await findPending(client, source.folder);
    await relayWarnings(client, source.logger, async () => await apply(client, pending));
    await client.query('select pg_advisory_unlock($1)', [lockKey]);
    source.logger?.info({ applied: pending.length }, 'the schema is up to date');
    return pending.map(described);
  });
}

const lockIntervalMs = 100;

/** Asks again and again: a session that waits for the lock has a snapshot open, which a concurrent index build waits for in turn. */
async function takeLock(client: ClientBase): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ is_ours: boolean }>('select pg_try_advisory_lock($1) as is_ours', [
      lockKey,
    ]);
    if (rows[0]?.is_ours === true) return;
    await delay(lockIntervalMs);
  }
}

/** What `migrate` would apply. Throws as `migrate` does, and changes nothing. */
export async function pendingMigrations(source: MigrationSource): Promise<readonly Migration[]> {
  return await examineMigrations(source, (_, pending) => Promise.resolve(pending.map(described)));
}

/** Looks at what is pending, and at the database that it would change. Throws as `migrate` does. */
export async function examineMigrations<Result>(
  source: MigrationSource,
  look: (client: ClientBase, pending: readonly MigrationFile[]) => Promise<Result>,
): Promise<Result> {
  return await onOneSession(source, async (client) => {
    await requireFitServer(client);
    return await look(client, await findPending(client, source.folder));
  });
}

function described({ name, hash, generatedAtMs }: MigrationFile): Migration {
  return { name, hash, generatedAt: new Date(generatedAtMs) };
}

/** What the driver gives of one, as far as it is read. */
interface Notice {
  readonly severity: string | undefined;
  readonly message: string | undefined;
  readonly hint: string | undefined;
}

/** What a migration warns of (a role that it may not make) is for the operator to read. */
async function relayWarnings(
  client: PoolClient,
  logger: Pick<Logger, 'warn'> | undefined,
  work: () => Promise<void>,
): Promise<void> {
  const relay = ({ severity, message, hint }: Notice): void => {
    if (severity === 'WARNING') logger?.warn({ fix: hint }, message ?? 'a migration warns');
  };
  client.on('notice', relay);
  try {
    await work();
  } finally {
    client.off('notice', relay);
  }
}

async function apply(client: PoolClient, pending: readonly MigrationFile[]): Promise<void> {
  try {
    for (const group of groupsOf(pending)) {
      if (group.isTransactional) await applyInTransaction(client, group.migrations);
      else await applyOutside(client, group.migrations);
    }
  } catch (error) {
    if (errorCode(error) === '42501') throw explainConnectionError(error, client);
    throw new CannotRunError(`a migration failed, and nothing of it was kept: ${messageOf(error)}`, {
      code: 'database/migration-failed',
      fix: 'If public has tables of these names from elsewhere, use an empty database; otherwise this is a fault to report.',
      cause: error,
    });
  }
}

interface MigrationGroup {
  readonly isTransactional: boolean;
  readonly migrations: readonly MigrationFile[];
}

/** Neighbours that may share a transaction do: all of them are kept, or none. */
function groupsOf(pending: readonly MigrationFile[]): MigrationGroup[] {
  const groups: { isTransactional: boolean; migrations: MigrationFile[] }[] = [];
  for (const migration of pending) {
    const last = groups.at(-1);
    if (last?.isTransactional === true && migration.isTransactional) last.migrations.push(migration);
    else groups.push({ isTransactional: migration.isTransactional, migrations: [migration] });
  }
  return groups;
}

async function applyInTransaction(client: PoolClient, migrations: readonly MigrationFile[]): Promise<void> {
  await client.query('begin');
  try {
    await ensureMigrationsTable(client);
    for (const { statements } of migrations)
      for (const statement of statements) await client.query(statement);
    await recordApplied(client, migrations);
    await client.query('commit');
  } catch (error) {
    // Where not even this can be said, the session is over, and the transaction with it.
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

async function applyOutside(client: PoolClient, migrations: readonly MigrationFile[]): Promise<void> {
  for (const { statements } of migrations) {
    for (const statement of statements) {
      await dropUnfinishedIndex(client, statement);
      await client.query(statement);
    }
  }
  await applyInTransaction(
    client,
    migrations.map((migration) => ({ ...migration, statements: [] })),
  );
}

const concurrentIndex =
  /create\s+(?:unique\s+)?index\s+concurrently\s+(?:if\s+not\s+exists\s+)?(\S+)\s+on\s+(?:only\s+)?(\S+)/i;

/** A concurrent build that was ended leaves an index that serves no query, and whose name IF NOT EXISTS would take for a finished one. */
async function dropUnfinishedIndex(client: PoolClient, statement: string): Promise<void> {
  const [, index, table] = concurrentIndex.exec(statement) ?? [];
  if (index === undefined || table === undefined) return;
  const { rows } = await client.query<{ name: string }>(
    `select indexrelid::regclass::text as name from pg_index join pg_class on oid = indexrelid
     where indrelid = to_regclass($1) and not indisvalid and relname = any(parse_ident($2))`,
    [table, index],
  );
  for (const { name } of rows) await client.query(`drop index concurrently ${name}`);
}

async function ensureMigrationsTable(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ is_there: boolean }>(
    'select to_regclass($1) is not null as is_there',
    [migrationsTable],
  );
  if (rows[0]?.is_there === true) return;
  await client.query('create schema if not exists ledger');
  await client.query(
    `create table ${migrationsTable} (id serial primary key, hash text not null, created_at bigint)`,
  );
}

async function recordApplied(client: PoolClient, migrations: readonly MigrationFile[]): Promise<void> {
  await client.query(
    `insert into ${migrationsTable} (hash, created_at) select * from unnest($1::text[], $2::bigint[])`,
    [migrations.map(({ hash }) => hash), migrations.map(({ generatedAtMs }) => generatedAtMs)],
  );
  await recordSystemEvent(client, {
    eventType: 'migration',
    severity: 'info',
    data: { count: migrations.length, applied: migrations.map(({ name }) => name) },
  });
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

/** Every applied migration must be ours, in our order; what comes after them is pending. */
async function findPending(client: ClientBase, folder?: string): Promise<readonly MigrationFile[]> {
  const ours = readMigrationFiles(folder);
  const applied = await appliedMigrations(client);
  for (const [index, { hash, created_at: generatedAt }] of applied.entries()) {
    if (ours[index]?.hash !== hash) throw foreignMigration(Number(generatedAt), ours);
  }
  return ours.slice(applied.length);
}

function foreignMigration(generatedAtMs: number, ours: readonly MigrationFile[]): CannotRunError {
  const generatedAt = new Date(generatedAtMs).toISOString();
  if (generatedAtMs > (ours.at(-1)?.generatedAtMs ?? 0)) {
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
    [migrationsTable],
  );
  if (found[0]?.name === null) return [];
  const { rows } = await client.query<AppliedMigration>(
    `select hash, created_at::text from ${migrationsTable} order by created_at, id`,
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
