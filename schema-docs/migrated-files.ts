/** The files that are made by applying the migrations to a database: a new migration, SCHEMA.md, the kept catalogue. */
import { execFile } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { PoolClient } from 'pg';
import { pino } from 'pino';
import { readCatalogue } from '../src/db/catalogue.ts';
import { createPool, withClient } from '../src/db/client.ts';
import { migrate } from '../src/db/migrate.ts';
import { ownMigrationsFolder, readMigrationFiles } from '../src/db/migrations/files.ts';
import { catalogueFile } from '../src/db/verify.ts';
import { type ChainTableFault, verifyChainTables } from '../src/operations/verify-chain-tables.ts';
import { startPostgres } from '../src/devnet/postgres/postgres.ts';
import { makeTemporaryFolder } from '../src/devnet/data-folder/files.ts';
import { InvariantError } from '../src/primitives/errors.ts';
import { completeMigration } from './complete-migration.ts';
import { renderCatalogue, schemaFile } from './files.ts';
import { renderSchema } from './render.ts';

const separator = '\n--> statement-breakpoint\n';
const repository = fileURLToPath(new URL('..', import.meta.url));

export interface GenerateOptions {
  /** Of the migration, if one is needed. */
  readonly name: string;
  /** A database that has some of the migrations or none, and may be changed; without it, a server is started for the time being. */
  readonly databaseUrl: string | undefined;
}

/**
 * Writes the migration from the last one to the areas' tables, then SCHEMA.md and the kept catalogue. Returns the migration's file; null if
 * the schema needs none. Throws what PostgreSQL refuses, and if a chain-derived table then lacks anything; nothing is written then.
 */
export async function generateFiles({ name, databaseUrl }: GenerateOptions): Promise<string | null> {
  return await inMigratedDatabase(databaseUrl, async (client) => {
    const before = await migrationsFolder();
    try {
      const file = await generateMigration(client, before, name);
      requireNoFaults(await verifyChainTables(client));
      const catalogue = await readCatalogue(client);
      await writeFile(catalogueFile, renderCatalogue(catalogue));
      await writeFile(fileURLToPath(schemaFile), renderSchema(catalogue));
      return file;
    } catch (error) {
      await restore(before);
      throw error;
    }
  });
}

/** Leaves the database as the migration makes it. */
async function generateMigration(
  client: PoolClient,
  before: MigrationsFolder,
  name: string,
): Promise<string | null> {
  await drizzleKit('generate', '--name', name);
  const drizzled = newMigration(before);
  const statements = await completeMigration(client, drizzled?.statements ?? []);
  if (statements.length === 0) return null;
  if (drizzled === null) await drizzleKit('generate', '--custom', '--name', name);
  const file = newMigration(before)?.file;
  if (file === undefined) throw new InvariantError('drizzle-kit made no migration to write to');
  await writeFile(file, `${statements.join(separator)}\n`);
  return file;
}

function requireNoFaults(faults: readonly ChainTableFault[]): void {
  if (faults.length === 0) return;
  throw new InvariantError(`The migrations leave out ${faults.map(({ what }) => what).join('; ')}`, {
    fix: faults.map(({ fix }) => fix).join(' '),
  });
}

async function drizzleKit(...args: string[]): Promise<void> {
  const program = join(repository, 'node_modules/drizzle-kit/bin.cjs');
  await promisify(execFile)(process.execPath, [program, ...args], { cwd: repository });
}

interface MigrationsFolder {
  readonly names: ReadonlySet<string>;
  readonly journal: string;
}

const journalFile = join(ownMigrationsFolder, 'meta/_journal.json');

async function migrationsFolder(): Promise<MigrationsFolder> {
  const names = new Set(readMigrationFiles().map((migration) => migration.name));
  return { names, journal: await readFile(journalFile, 'utf8') };
}

function newMigration({ names }: MigrationsFolder): { file: string; statements: string[] } | null {
  const made = readMigrationFiles().find((migration) => !names.has(migration.name));
  if (made === undefined) return null;
  const statements = made.statements.map((statement) => statement.trim()).filter((text) => text !== '');
  return { file: join(ownMigrationsFolder, `${made.name}.sql`), statements };
}

async function restore({ names, journal }: MigrationsFolder): Promise<void> {
  const made = readMigrationFiles().filter((migration) => !names.has(migration.name));
  await writeFile(journalFile, journal);
  const snapshots = await readdir(join(ownMigrationsFolder, 'meta'));
  for (const { name } of made) {
    await rm(join(ownMigrationsFolder, `${name}.sql`), { force: true });
    const snapshot = snapshots.find((file) => file === `${name.slice(0, 4)}_snapshot.json`);
    if (snapshot !== undefined) await rm(join(ownMigrationsFolder, 'meta', snapshot));
  }
}

async function inMigratedDatabase<Result>(
  url: string | undefined,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  if (url === undefined) return await withOwnDatabase(async (own) => await inMigratedDatabase(own, work));
  const pool = createPool({
    connectionString: url,
    applicationName: 'generate',
    onConnectionError: () => undefined,
  });
  try {
    await migrate({ pool });
    return await withClient(pool, work);
  } finally {
    await pool.end();
  }
}

/** A database of a server that is started for it and thrown away afterwards. */
async function withOwnDatabase<Result>(work: (url: string) => Promise<Result>): Promise<Result> {
  const folder = await makeTemporaryFolder('generate');
  const server = await startPostgres({
    dataFolder: join(folder, 'postgres'),
    logger: pino({ level: 'warn' }),
    settings: { fsync: 'off' },
  });
  try {
    return await work(await server.ensureDatabase('generate'));
  } finally {
    await server.stop();
    await rm(server.dataFolder, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  }
}
