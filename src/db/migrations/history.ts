/** Compares the migrations that were applied to a database, as the database records them, with those of this code. */
import type { ClientBase, Pool } from 'pg';
import { CannotRunError } from '../../primitives/errors.ts';
import { recordSystemEvent } from '../system-events.ts';
import { type MigrationFile, readMigrationFiles } from './files.ts';

const migrationsTable = 'ledger.migrations';

/** The pending migrations. Throws a CannotRunError unless the applied migrations are a prefix of this code's. */
export async function findPending(
  client: ClientBase | Pool,
  folder?: string,
): Promise<readonly MigrationFile[]> {
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
  return new CannotRunError(`the database has a migration of ${generatedAt} that this code does not have`, {
    code: 'database/schema-foreign',
    fix: 'Run the version of tracechain that migrated it, or use another database: applied migrations must not be edited.',
  });
}

interface AppliedMigration {
  readonly hash: string;
  readonly created_at: string;
}

async function appliedMigrations(client: ClientBase | Pool): Promise<readonly AppliedMigration[]> {
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

/** Creates the table of applied migrations if it does not exist. */
export async function ensureMigrationsTable(client: ClientBase): Promise<void> {
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

/** Records migrations as applied. Call it in the transaction that applies them. */
export async function recordApplied(client: ClientBase, migrations: readonly MigrationFile[]): Promise<void> {
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
