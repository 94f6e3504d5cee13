/**
 * Brings a database to the schema of this code: the migrations that drizzle-kit made, under a lock, in one transaction but
 * for those that can't be (see `isTransactional`).
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ClientBase, PoolClient } from 'pg';
import type { Logger } from 'pino';
import { apply } from './migrations/apply.ts';
import type { MigrationFile } from './migrations/files.ts';
import { findPending } from './migrations/history.ts';
import { type MigrationSource, onOneSession, requireFitServer } from './migrations/session.ts';

/** The session lock that migrating daemons take in turn: any number will do that nothing else in the database uses. */
const lockKey = 0x7472_6163_65;

export interface Migration {
  /** Its file's name, without the ending. */
  readonly name: string;
  /** SHA-256 of its file. */
  readonly hash: string;
  /** When it was generated: the order in which migrations apply. */
  readonly generatedAt: Date;
}

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
