/**
 * The embedded PostgreSQL: a real server on a free port of the loopback interface, its data kept between starts.
 */
import { realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import type { Logger } from 'pino';
import { CannotRunError, TraceChainError } from '../../primitives/errors.ts';
import { hasErrorCode } from '../error-codes.ts';
import { readIfThere } from '../data-folder/files.ts';
import { findFreePort } from '../data-folder/ports.ts';
import {
  clusterVersion,
  createCluster,
  readPassword,
  postgresUser,
  serverEnvironment,
} from './postgres-cluster.ts';
import { preparePostgresPlace } from './postgres-place.ts';
import type { PostgresPlace } from './postgres-place.ts';
import { preparePostgresInstallation } from './postgres-programs.ts';
import type { PostgresInstallation } from './postgres-programs.ts';
import { commandLine, processIdentity, stopProcess } from '../processes.ts';
import type { StopStep } from '../processes.ts';
import { lastLines, startServerProcess } from './server-process.ts';
import type { ProcessExit, ServerProcess } from './server-process.ts';

export interface PostgresOptions {
  /** Where the data is wanted; see `dataFolder` of the result. The caller holds the lock on it: see lock.ts. */
  readonly dataFolder: string;
  readonly logger: Logger;
  /** Settings of postgresql.conf over PostgreSQL's own defaults, such as `{ fsync: 'off' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Used where it is free, so that an address noted before goes on working. */
  readonly preferredPort?: number;
}

export interface PostgresServer {
  /** The URL of a database of the server's, with the password. */
  connectionString(database: string): string;
  /** Makes the database where it isn't there yet; returns its URL. */
  ensureDatabase(database: string): Promise<string>;
  readonly port: number;
  readonly pid: number;
  readonly version: string;
  readonly majorVersion: number;
  readonly binariesFolder: string;
  /** Where the data really lies: elsewhere than wanted where PostgreSQL's user couldn't reach that. */
  readonly dataFolder: string;
  readonly logFile: string;
  /** The name of the user who runs it. */
  readonly runsAs: string;
  /** True where this start made the data: nothing was there before. */
  readonly isNew: boolean;
  /** Settles when the server is gone; with `expected: false` nobody had stopped it. */
  readonly exited: Promise<ProcessExit>;
  /** Ends all sessions and stops it; within some 8 s in any case. */
  stop(): Promise<void>;
  /** Tells it to stop without waiting for it: for a process that must leave at once. */
  readonly stopWithoutWaiting: () => void;
}

/** PostgreSQL's fast shutdown, then its immediate one, which recovers at the next start. */
const stopSteps = [
  { signal: 'SIGINT', patienceMs: 5000 },
  { signal: 'SIGQUIT', patienceMs: 2000 },
  { signal: 'SIGKILL', patienceMs: 1000 },
] as const satisfies readonly StopStep[];

const startAttempts = 3;
const startPatienceMs = 120_000;

/**
 * Starts PostgreSQL on the data in a folder, making it at first, and waits until it accepts connections. A server that an
 * earlier, killed run left behind on the same data is stopped first.
 *
 * Throws a CannotRunError where no PostgreSQL fits, or the data can't be used.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { logger } = options;
  const place = await preparePostgresPlace(options.dataFolder);
  await stopOrphan(place, logger);
  const existingVersion = await clusterVersion(place.clusterFolder);
  const installation = await preparePostgresInstallation(place, existingVersion);
  const isNew = existingVersion === undefined;
  if (isNew) {
    await createCluster(place, installation, options.settings?.['fsync'] !== 'off');
    logger.debug({ dataFolder: place.dataFolder, version: installation.version }, 'made a database cluster');
  }
  const password = await readPassword(place);
  const { server, port } = await startUntilReady(place, installation, options);
  logger.debug(
    { port, serverPid: server.pid, runsAs: place.account.name },
    'embedded PostgreSQL accepts connections',
  );

  const connectionString = (database: string): string =>
    `postgres://${postgresUser}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  return {
    connectionString,
    ensureDatabase: (database) => ensureDatabase(connectionString, database),
    port,
    pid: server.pid,
    version: installation.version,
    majorVersion: installation.majorVersion,
    binariesFolder: installation.binariesFolder,
    dataFolder: place.dataFolder,
    logFile: place.logFile,
    runsAs: place.account.name,
    isNew,
    exited: server.exited,
    async stop() {
      await server.stop();
    },
    stopWithoutWaiting: server.stopWithoutWaiting,
  };
}

/** Removes the server's data, wherever it lies, stopping a server that was left behind on it. */
export async function removePostgresData(dataFolder: string, logger: Logger): Promise<void> {
  const place = await preparePostgresPlace(dataFolder);
  await stopOrphan(place, logger);
  await rm(place.dataFolder, { recursive: true, force: true });
  await rm(dataFolder, { recursive: true, force: true });
}

interface RunningServer {
  readonly server: ServerProcess;
  readonly port: number;
}

/**
 * Tries more than once, because another process may have taken the free port, and because the shared memory of a killed
 * server stays until the last of its children has noticed.
 */
async function startUntilReady(
  place: PostgresPlace,
  installation: PostgresInstallation,
  options: PostgresOptions,
): Promise<RunningServer> {
  for (let attempt = 1; attempt <= startAttempts; attempt++) {
    const port = await findFreePort(attempt === 1 ? options.preferredPort : undefined);
    const server = await startServerProcess({
      executable: join(installation.binariesFolder, 'postgres'),
      arguments: serverArguments(place, port, options.settings ?? {}),
      environment: serverEnvironment(),
      logFile: place.logFile,
      account: place.account.ids,
      stopSteps,
    });
    if (await becomesReady(server, place)) return { server, port };
    await server.stop();
    options.logger.debug({ attempt, port }, 'PostgreSQL did not start');
    await delay(300 * attempt);
  }
  throw new CannotRunError(
    `PostgreSQL did not start on ${place.clusterFolder}:\n${await lastLines(place.logFile)}`,
    {
      code: 'local/postgres-failed',
      fix: `See ${place.logFile}; where the data is beyond repair, start anew with --fresh.`,
    },
  );
}

function serverArguments(
  place: PostgresPlace,
  port: number,
  settings: Readonly<Record<string, string>>,
): readonly string[] {
  // A socket's path has a short maximum length, and nothing connects through one.
  const all = { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '', ...settings };
  return [
    '-D',
    place.clusterFolder,
    ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}

/**
 * Waits for what `pg_ctl` waits for: the eighth line of postmaster.pid, written by this very process, says `ready`.
 */
async function becomesReady(server: ServerProcess, place: PostgresPlace): Promise<boolean> {
  const deadline = performance.now() + startPatienceMs;
  while (!server.hasExited() && performance.now() < deadline) {
    const lines = await readPostmasterFile(place);
    if (Number(lines?.[0]) === server.pid && lines?.[7]?.trim() === 'ready') return true;
    await delay(15);
  }
  return false;
}

/**
 * Stops a server that runs on this data though nobody who started it is left. Its postmaster.pid tells its pid, which
 * another process may have by now: only a process that names this data directory in its command line is meant.
 */
async function stopOrphan(place: PostgresPlace, logger: Logger): Promise<void> {
  const pid = Number((await readPostmasterFile(place))?.[0]);
  if (!Number.isSafeInteger(pid) || pid <= 1) return;
  if ((await processIdentity(pid)) === undefined) return;
  const command = await commandLine(pid);
  const folders = [place.clusterFolder, await realpath(place.clusterFolder)];
  if (!folders.some((folder) => command.includes(folder))) return;
  logger.warn(
    { serverPid: pid, dataFolder: place.dataFolder },
    'stopping a PostgreSQL that an earlier run left behind',
  );
  if (await stopProcess(pid, stopSteps)) return;
  throw new CannotRunError(`PostgreSQL (pid ${pid}) runs on ${place.clusterFolder} and can't be stopped.`, {
    code: 'local/orphan',
    fix: `Stop process ${pid} and start again.`,
  });
}

async function readPostmasterFile(place: PostgresPlace): Promise<readonly string[] | undefined> {
  return (await readIfThere(join(place.clusterFolder, 'postmaster.pid')))?.split('\n');
}

const duplicateDatabase = '42P04';

async function ensureDatabase(
  connectionString: (database: string) => string,
  database: string,
): Promise<string> {
  const client = new Client({ connectionString: connectionString('postgres') });
  await client.connect();
  try {
    await client.query(`create database ${client.escapeIdentifier(database)}`);
  } catch (error) {
    if (!hasErrorCode(error, duplicateDatabase)) {
      throw new TraceChainError(`The database ${database} could not be made.`, {
        code: 'local/no-database',
        cause: error,
      });
    }
  } finally {
    await client.end();
  }
  return connectionString(database);
}
