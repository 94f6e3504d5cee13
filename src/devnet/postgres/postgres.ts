/**
 * The embedded PostgreSQL: a real server on a free port of the loopback interface, with persistent data.
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
  /** The requested data folder; see `dataFolder` of the result. The caller holds its lock: see lock-file.ts. */
  readonly dataFolder: string;
  readonly logger: Logger;
  /** Settings of postgresql.conf that override PostgreSQL's defaults, such as `{ fsync: 'off' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Used if it is free, so that the address stays the same. */
  readonly preferredPort?: number;
}

export interface PostgresServer {
  /** Returns the URL of a database of the server, with the password. */
  connectionString(database: string): string;
  /** Creates the database if it does not exist; returns its URL. */
  ensureDatabase(database: string): Promise<string>;
  readonly port: number;
  readonly pid: number;
  readonly version: string;
  readonly majorVersion: number;
  readonly binariesFolder: string;
  /** The actual data folder: not the requested one if PostgreSQL's user can't reach that. */
  readonly dataFolder: string;
  readonly logFile: string;
  /** The name of the user that runs it. */
  readonly runsAs: string;
  /** True if this start created the data. */
  readonly isNew: boolean;
  /** Settles when the server has ended; with `expected: false` if it was not stopped. */
  readonly exited: Promise<ProcessExit>;
  /** Ends all sessions and stops the server, within about 8 s in any case. */
  stop(): Promise<void>;
  /** Sends the stop signal without waiting, for a process that must end at once. */
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
 * Starts PostgreSQL on the data in a folder, creating the data if necessary, and waits until it accepts connections. If a killed run left
 * a server running on the same data, stops it first.
 *
 * Throws a CannotRunError if no PostgreSQL is suitable, or if the data can't be used.
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

/** Removes the server's data, wherever it is, and stops a server that still runs on it. */
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
 * Tries several times, because another process may take the free port, and because the shared memory of a killed
 * server remains until its last child process has ended.
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
      fix: `See ${place.logFile}; if the data is damaged, start with --fresh.`,
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
 * Stops a server that still runs on this data after its starter has ended. Its postmaster.pid has its pid, which another process may
 * have by now: only a process with this data directory in its command line is stopped.
 */
async function stopOrphan(place: PostgresPlace, logger: Logger): Promise<void> {
  const pid = Number((await readPostmasterFile(place))?.[0]);
  if (!Number.isSafeInteger(pid) || pid <= 1) return;
  if ((await processIdentity(pid)) === undefined) return;
  const command = await commandLine(pid);
  const folders = [place.clusterFolder, await realpath(place.clusterFolder)];
  if (!folders.some((folder) => command.includes(folder))) return;
  logger.warn({ serverPid: pid, dataFolder: place.dataFolder }, 'stopping the PostgreSQL of an earlier run');
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
      throw new TraceChainError(`The database ${database} could not be created.`, {
        code: 'local/no-database',
        cause: error,
      });
    }
  } finally {
    await client.end();
  }
  return connectionString(database);
}
