import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../../src/local/postgres.ts';
import { makeTemporaryFolder } from '../../src/local/temporary-folder.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The maintenance database of the server that all tests share. */
    postgresUrl: string;
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

/** Starts one PostgreSQL for the whole run; each test makes databases of its own in it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await makeTemporaryFolder('test');
  const server = await startPostgres({
    dataFolder: join(folder, 'postgres'),
    logger: pino({ level: 'warn' }),
    settings,
  });
  project.provide('postgresUrl', server.connectionString('postgres'));
  return async () => {
    await server.stop();
    await rm(server.dataFolder, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  };
}
