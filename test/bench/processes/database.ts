/** The PostgreSQL of a benchmark: its own cluster with PostgreSQL's default settings, removed afterwards. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import type { Logger } from 'pino';
import { migrate } from '../../../src/db/migrate.ts';
import { startPostgres } from '../../../src/devnet/postgres/postgres.ts';
import { makeTemporaryFolder } from '../../../src/devnet/data-folder/files.ts';

export interface BenchDatabases extends AsyncDisposable {
  /** The URL of the maintenance database. */
  readonly url: string;
  /** The pid of the postmaster. */
  readonly pid: number;
  /** Creates an empty database with the schema; replaces an existing one of that name. */
  migrated(name: string): Promise<string>;
}

const template = 'migrated';

/** `settings` serve to locate bottlenecks; published figures use none. */
export async function startDatabases(
  logger: Logger,
  settings: Readonly<Record<string, string>> = {},
): Promise<BenchDatabases> {
  const folder = await makeTemporaryFolder('bench');
  const server = await startPostgres({ dataFolder: join(folder, 'postgres'), logger, settings });
  await migrate({ connectionString: await server.ensureDatabase(template) });
  return {
    pid: server.pid,
    url: server.connectionString('postgres'),
    async migrated(name) {
      await withConnection(server.connectionString('postgres'), async (client) => {
        await client.query(`drop database if exists ${client.escapeIdentifier(name)} with (force)`);
        await client.query(`create database ${client.escapeIdentifier(name)} template ${template}`);
        // Writes out the dirty pages of the setup, so that they do not burden the run.
        await client.query('checkpoint');
      });
      return server.connectionString(name);
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await rm(server.dataFolder, { recursive: true, force: true });
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function withConnection<Result>(
  connectionString: string,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({ connectionString });
  // A broken connection also fails the running statement.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
