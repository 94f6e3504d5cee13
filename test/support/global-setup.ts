import { rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { type Logger, pino } from 'pino';
import type { TestProject } from 'vitest/node';
import { migrate } from '../../src/db/migrate.ts';
import { startPostgres } from '../../src/devnet/postgres/postgres.ts';
import { makeTemporaryFolder } from '../../src/devnet/data-folder/files.ts';
import { JobQueue } from '../../src/engine/queue/job-queue.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The maintenance database of the server that all tests share. */
    postgresUrl: string;
    /** A database that has the schema and the queues, for tests to begin with a copy of. */
    migratedDatabase: string;
    /** How PostgreSQL is to copy it. */
    copyStrategy: 'file_copy' | 'wal_log';
  }
}

/** A crash loses nothing that a test run needs, so nothing waits for the disk. */
const settings = {
  max_connections: '200',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '256MB',
  // Proving the password costs both sides some milliseconds a connection otherwise, and tests make tens of thousands of them.
  scram_iterations: '1',
};

const migratedDatabase = 'migrated';

/** Starts one PostgreSQL for the whole run; each test makes databases of its own in it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const isInMemory = await keepFilesInMemory();
  const folder = await makeTemporaryFolder('test');
  const logger = pino({ level: 'warn' });
  const server = await startPostgres({ dataFolder: join(folder, 'postgres'), logger, settings });
  await storePasswordAnew(server.connectionString('postgres'));
  await prepareDatabase(await server.ensureDatabase(migratedDatabase), logger);
  project.provide('postgresUrl', server.connectionString('postgres'));
  project.provide('migratedDatabase', migratedDatabase);
  project.provide('copyStrategy', isInMemory ? 'file_copy' : 'wal_log');
  return async () => {
    await server.stop();
    await rm(server.dataFolder, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  };
}

const memoryFolder = '/dev/shm';
/** Far more than a run needs at a time. */
const wantedBytes = 4e9;

/**
 * Has temporary files, here and in the workers, lie in memory where there is room: making and dropping a database, which nearly every test
 * does, takes a tenth of the time.
 */
async function keepFilesInMemory(): Promise<boolean> {
  const { bavail, bsize } = await statfs(memoryFolder).catch(() => ({ bavail: 0, bsize: 0 }));
  const hasRoom = bavail * bsize > wantedBytes;
  if (hasRoom) process.env['TMPDIR'] = memoryFolder;
  return hasRoom;
}

/** A second for each test that needs a database adds up: the schema and the queues are made once, and copied. */
async function prepareDatabase(connectionString: string, logger: Logger): Promise<void> {
  await migrate({ connectionString });
  const queue = await JobQueue.start({ chainId: 31337, connectionString, applicationName: 'test', logger });
  await queue.stop();
}

/** With as many iterations as the settings say: it was made before they held. */
async function storePasswordAnew(connectionString: string): Promise<void> {
  const { username, password } = new URL(connectionString);
  const client = new Client({ connectionString });
  await client.connect();
  try {
    await client.query(
      `alter role ${client.escapeIdentifier(username)} password ${client.escapeLiteral(decodeURIComponent(password))}`,
    );
  } finally {
    await client.end();
  }
}
