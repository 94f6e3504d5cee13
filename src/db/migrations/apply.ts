/** Applies migrations: neighbours in one transaction, but for those that can't be in one (see `isTransactional`). */
import type { PoolClient } from 'pg';
import { CannotRunError, TraceChainError } from '../../primitives/errors.ts';
import { inTransaction } from '../client.ts';
import { errorCode, explainConnectionError, isTransientDatabaseError } from '../errors.ts';
import type { MigrationFile } from './files.ts';
import { ensureMigrationsTable, recordApplied } from './history.ts';

/** Throws a CannotRunError, or a connection's loss as it is: of a group of neighbours that share a transaction nothing is kept then. */
export async function apply(client: PoolClient, pending: readonly MigrationFile[]): Promise<void> {
  try {
    for (const group of groupsOf(pending)) {
      if (group.isTransactional) await applyInTransaction(client, group.migrations);
      else await applyOutside(client, group.migrations);
    }
  } catch (error) {
    if (isTransientDatabaseError(error)) {
      // Nothing of the transaction in hand was kept, or all of it: whoever tries again sees which.
      throw new TraceChainError(`migrating was interrupted: ${messageOf(error)}`, {
        code: 'database/unreachable',
        fix: 'Try again: what was done is kept, and nothing is kept half done.',
        cause: error,
      });
    }
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
