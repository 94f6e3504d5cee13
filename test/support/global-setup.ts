import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import type { TestProject } from 'vitest/node';
import { migrate } from '../../src/db/migrate.ts';
import { startPostgres } from '../../src/local/postgres.ts';
import { makeTemporaryFolder } from '../../src/local/temporary-folder.ts';
import { JobQueue } from '../../src/queue/job-queue.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The maintenance database of the server that all tests share. */
    postgresUrl: string;
    /** A database that has the schema and the queues, for tests to begin with a copy of. */
    migratedDatabase: string;
  }
}

/** A crash loses nothing that a test run needs, so nothing waits for the disk. */
const settings = {
  max_connections: '200',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '256MB',
};

const migratedDatabase = 'migrated';

/** Starts one PostgreSQL for the whole run; each test makes databases of its own in it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await makeTemporaryFolder('test');
  const logger = pino({ level: 'warn' });
  const server = await startPostgres({ dataFolder: join(folder, 'postgres'), logger, settings });
  await prepareDatabase(await server.ensureDatabase(migratedDatabase), logger);
  project.provide('postgresUrl', server.connectionString('postgres'));
  project.provide('migratedDatabase', migratedDatabase);
  return async () => {
    await server.stop();
    await rm(server.dataFolder, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  };
}

/** A second for each test that needs a database adds up: the schema and the queues are made once, and copied. */
async function prepareDatabase(connectionString: string, logger: Logger): Promise<void> {
  await migrate({ connectionString });
  const queue = await JobQueue.start({ connectionString, applicationName: 'test', logger });
  await queue.stop();
}
