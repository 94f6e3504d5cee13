/** Starts the parts of a local system, so that they are stopped whatever happens next. */
import { join } from 'node:path';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { createPool } from '../db/client.ts';
import { playHistory } from './activity/history.ts';
import { startDevnet, type Devnet } from './devnet.ts';
import type { DataFolder } from './data-folder/folder.ts';
import { startPostgres, type PostgresServer } from './postgres/postgres.ts';
import { recallPorts } from './data-folder/ports.ts';
import type { ChainSettings, ConfiguredContract } from '../engine/settings.ts';
import { TraceChainError } from '../primitives/errors.ts';
import type { ProcessExit } from './postgres/server-process.ts';

export interface PartOptions {
  readonly data: DataFolder;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  readonly resources: AsyncDisposableStack;
}

export interface LocalDatabase {
  readonly server: PostgresServer;
  readonly url: string;
  /** For reading the daemon's progress. */
  readonly pool: Pool;
}

const databaseName = 'tracechain';

/** The history of a devnet fits into this number of blocks, unless an event takes unusually long to occur. */
const pastSeconds = 21 * 86_400;
const pastBlocks = 60;
const leastActionsPerBlock = 8;
/** The approximate average number of logs per action. */
const logsPerAction = 1.8;

/** Starts PostgreSQL on the data in this folder, with TraceChain's database in it. */
export async function openDatabase(
  options: PartOptions,
  dataFolder: string,
  postgresSettings: Readonly<Record<string, string>> = {},
): Promise<LocalDatabase> {
  const { logger, resources } = options;
  const { postgres: port } = await recallPorts(options.data);
  const server = await startPostgres({
    dataFolder,
    logger,
    settings: postgresSettings,
    ...(port === undefined ? {} : { preferredPort: port }),
  });
  resources.defer(() => server.stop());
  const url = await server.ensureDatabase(databaseName);
  const pool = createPool({
    connectionString: url,
    applicationName: 'tracechain local system',
    maximumConnections: 1,
    onConnectionError: (error) => logger.debug({ err: error }, 'database connection lost'),
  });
  resources.defer(() => pool.end());
  return { server, url, pool };
}

export interface DevnetPast {
  readonly seed: number;
  /** The minimum number of logs in the history of a new chain. */
  readonly minimumLogs: number;
  /** Whether the chain persists for the next start. */
  readonly isKept: boolean;
}

/** Starts the devnet; a new one gets some weeks of history, with every event in it, up to about the present. */
export async function openDevnet(options: PartOptions, past: DevnetPast): Promise<Devnet> {
  const { data, logger, now, resources } = options;
  const { devnet: port } = await recallPorts(data);
  const devnet = await startDevnet({
    ...(past.isKept ? { stateFile: data.devnetStateFile } : {}),
    seed: past.seed,
    genesisTime: BigInt(Math.floor(now().getTime() / 1000) - pastSeconds),
    ...(port === undefined ? {} : { preferredPort: port }),
    logger,
  });
  resources.defer(() => devnet.anvil.stop());
  if (devnet.isNew) await playPast(devnet, past, options);
  return devnet;
}

async function playPast(devnet: Devnet, past: DevnetPast, { logger, signal }: PartOptions): Promise<void> {
  const startedAt = performance.now();
  const { blocks } = await playHistory({
    ...devnet,
    minimumLogs: past.minimumLogs,
    actionsPerBlock: Math.max(leastActionsPerBlock, Math.ceil(past.minimumLogs / logsPerAction / pastBlocks)),
    blockIntervalSeconds: Math.floor(pastSeconds / pastBlocks),
    coversEveryEvent: true,
    signal,
  });
  const durationMs = Math.round(performance.now() - startedAt);
  logger.info({ blocks, logs: devnet.scene.world.logCount, durationMs }, 'the devnet has its history');
}

/** Waits until all have settled, so that every started part is known, then throws the first failure. */
export async function allOrFirstError<const Work extends readonly unknown[]>(
  work: Work,
): Promise<{ -readonly [Index in keyof Work]: Awaited<Work[Index]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/** The folder of a configured chain's database, separate from the devnet's. */
export function configuredChainFolder({ folder }: DataFolder): string {
  return join(folder, 'configured-chain', 'postgres');
}

/** The parts that the local system supplies if they are not configured. */
export interface LocalParts {
  readonly databaseUrl: string;
  readonly chain?: Partial<ChainSettings>;
  readonly contracts?: readonly ConfiguredContract[];
}

export interface WatchedServer {
  readonly exited: Promise<ProcessExit>;
}

/** Resolves when the signal is aborted; rejects if the server ends without having been stopped. */
export async function failWhenExited(
  name: string,
  server: WatchedServer,
  signal: AbortSignal,
  fix: string,
): Promise<void> {
  const aborted = Promise.withResolvers<undefined>();
  signal.addEventListener('abort', () => aborted.resolve(undefined), { once: true });
  if (signal.aborted) return;
  const exit = await Promise.race([server.exited, aborted.promise]);
  if (exit === undefined || exit.expected) return;
  const how = exit.signal === null ? `with exit code ${exit.code}` : `by ${exit.signal}`;
  throw new TraceChainError(`${name} ended unexpectedly (${how}), so everything else was stopped.`, {
    code: 'local/part-ended',
    fix,
  });
}
