/** Applies migrations. Adjacent migrations share a transaction, except those that cannot run in one (see `isTransactional`). */
import type { PoolClient } from 'pg';
import { CannotRunError, TraceChainError } from '../../primitives/errors.ts';
import { inTransaction } from '../client.ts';
import { errorCode, explainConnectionError, isTransientDatabaseError } from '../errors.ts';
import type { MigrationFile } from './files.ts';
import { ensureMigrationsTable, recordApplied } from './history.ts';

/**
 * Throws a CannotRunError if a migration fails, and a transient error if the connection is lost. The migrations of a group that shares a
 * transaction are then all rolled back.
 */
export async function apply(client: PoolClient, pending: readonly MigrationFile[]): Promise<void> {
  try {
    for (const group of groupsOf(pending)) {
      if (group.isTransactional) await applyInTransaction(client, group.migrations);
      else await applyOutside(client, group.migrations);
    }
  } catch (error) {
    if (isTransientDatabaseError(error)) {
      // The current transaction was either committed or rolled back completely. A retry detects which.
      throw new TraceChainError(`the migration was interrupted: ${messageOf(error)}`, {
        code: 'database/unreachable',
        fix: 'Retry: each migration is applied either completely or not at all.',
        cause: error,
      });
    }
    if (errorCode(error) === '42501') throw explainConnectionError(error, client);
    throw new CannotRunError(`a migration failed and was rolled back: ${messageOf(error)}`, {
      code: 'database/migration-failed',
      fix: 'If public has tables of these names from elsewhere, use an empty database; otherwise report this as a bug.',
      cause: error,
    });
  }
}

interface MigrationGroup {
  readonly isTransactional: boolean;
  readonly migrations: readonly MigrationFile[];
}

/** Adjacent migrations that may share a transaction are applied together or not at all. */
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
  await inTransaction(client, async () => {
    await ensureMigrationsTable(client);
    for (const { statements } of migrations)
      for (const statement of statements) await client.query(statement);
    await recordApplied(client, migrations);
  });
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

/** An interrupted concurrent build leaves an invalid index, which IF NOT EXISTS would accept as existing. */
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
