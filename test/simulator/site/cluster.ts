/**
 * The simulation's own PostgreSQL, which can be killed and restarts on the same port, and databases that
 * start with data.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { pino } from 'pino';
import { migrate } from '../../../src/db/migrate.ts';
import { type PostgresServer, startPostgres } from '../../../src/devnet/postgres/postgres.ts';
import { makeTemporaryFolder } from '../../../src/devnet/data-folder/files.ts';
import { JobQueue } from '../../../src/engine/queue/job-queue.ts';
import { watchWriters } from './watched-writers.ts';

/**
 * No disk flush is needed, because the machine itself never fails here. But an acknowledged commit must
 * survive a crash of the server; otherwise the server would lose data, not the daemon.
 */
const settings = {
  max_connections: '100',
  fsync: 'off',
  synchronous_commit: 'on',
  full_page_writes: 'off',
  shared_buffers: '128MB',
  autovacuum: 'off',
};
const template = 'simulated_template';

export class Cluster {
  readonly #folder: string;
  #server: PostgresServer;
  #databases = 0;

  private constructor(folder: string, server: PostgresServer) {
    this.#folder = folder;
    this.#server = server;
  }

  static async start(): Promise<Cluster> {
    const folder = await makeTemporaryFolder('simulate');
    const cluster = new Cluster(folder, await startServer(folder));
    await cluster.#makeTemplate();
    return cluster;
  }

  /** A database with the schema and without a chain. */
  async makeDatabase(): Promise<string> {
    this.#databases += 1;
    const name = `run_${this.#databases}`;
    await this.#administer(`create database ${name} template ${template}`);
    return this.#server.connectionString(name);
  }

  async dropDatabase(url: string): Promise<void> {
    await this.#administer(`drop database if exists ${new URL(url).pathname.slice(1)} with (force)`);
  }

  /**
   * Kills the server as a crash would, and restarts it after `downMs` milliseconds. The restart runs
   * recovery, and every connection is lost.
   */
  async crash(downMs: number): Promise<void> {
    const { port } = this.#server;
    process.kill(this.#server.pid, 'SIGKILL');
    await this.#server.exited;
    await new Promise((resolve) => setTimeout(resolve, downMs));
    this.#server = await startServer(this.#folder, port);
    if (this.#server.port !== port) throw new Error('PostgreSQL came back on another port');
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    await rm(this.#server.dataFolder, { recursive: true, force: true });
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #makeTemplate(): Promise<void> {
    const url = await this.#server.ensureDatabase(template);
    await migrate({ connectionString: url });
    const logger = pino({ level: 'silent' });
    const queue = await JobQueue.start({
      chainId: 31337,
      connectionString: url,
      applicationName: 'simulator',
      logger,
    });
    await queue.stop();
    await watchWriters(url);
  }

  async #administer(statement: string): Promise<void> {
    const client = new Client({ connectionString: this.#server.connectionString('postgres') });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }
}

async function startServer(folder: string, preferredPort?: number): Promise<PostgresServer> {
  return await startPostgres({
    dataFolder: join(folder, 'postgres'),
    logger: pino({ level: 'error' }),
    settings,
    ...(preferredPort === undefined ? {} : { preferredPort }),
  });
}
