/**
 * Migrates a database to this code's schema: applies drizzle-kit's migrations under a lock, in one transaction except for those that cannot
 * run in one (see `isTransactional`).
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ClientBase, PoolClient } from 'pg';
import type { Logger } from 'pino';
import { apply } from './migrations/apply.ts';
import type { MigrationFile } from './migrations/files.ts';
import { findPending } from './migrations/history.ts';
import { type MigrationSource, onOneSession, requireFitServer } from './migrations/session.ts';

/** The advisory lock that serializes migrating daemons. The number is arbitrary but must not be used otherwise in the database. */
const lockKey = 0x7472_6163_65;

export interface Migration {
  /** Its file's name, without the extension. */
  readonly name: string;
  /** SHA-256 of its file. */
  readonly hash: string;
  /** When it was generated, which determines the order of migrations. */
  readonly generatedAt: Date;
}

/**
 * Applies the pending migrations and returns them. Two daemons may call it at once: the second one waits and finds nothing to do.
 *
 * Throws a CannotRunError if the database is unreachable, if its version, encoding or privileges are unsuitable, or if it has migrations
 * that this code lacks.
 */
export async function migrate(
  source: MigrationSource & { readonly logger?: Pick<Logger, 'info' | 'warn'> },
): Promise<readonly Migration[]> {
  return await onOneSession(source, async (client) => {
    await requireFitServer(client);
    // After a failure the session is closed, which releases the lock.
    await takeLock(client);
    const pending = await findPending(client, source.folder);
    await relayWarnings(client, source.logger, async () => await apply(client, pending));
    await client.query('select pg_advisory_unlock($1)', [lockKey]);
    source.logger?.info({ applied: pending.length }, 'the schema is up to date');
    return pending.map(described);
  });
}

const lockIntervalMs = 100;

/** Polls for the lock. A session that waits for it would hold a snapshot, for which a concurrent index build waits in turn. */
async function takeLock(client: ClientBase): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ is_ours: boolean }>('select pg_try_advisory_lock($1) as is_ours', [
      lockKey,
    ]);
    if (rows[0]?.is_ours === true) return;
    await delay(lockIntervalMs);
  }
}

/** The migrations that `migrate` would apply. Throws like `migrate`, and changes nothing. */
export async function pendingMigrations(source: MigrationSource): Promise<readonly Migration[]> {
  return await examineMigrations(source, (_, pending) => Promise.resolve(pending.map(described)));
}

/** Inspects the pending migrations and the database that they would change. Throws like `migrate`. */
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

/** The members of the driver's notices that are used. */
interface Notice {
  readonly severity: string | undefined;
  readonly message: string | undefined;
  readonly hint: string | undefined;
}

/** Logs a migration's warnings for the operator, such as a missing privilege to create a role. */
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
