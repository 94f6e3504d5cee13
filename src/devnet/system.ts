/**
 * The local system: an embedded PostgreSQL, a devnet with activity, and the daemon that follows it; or, if a node is
 * configured, only the database and the daemon.
 */
import type { Logger } from 'pino';
import { maskUrl } from '../engine/rpc/redact.ts';
import { allProjections } from '../tracechain/projections.ts';
import { runDaemon, type StartJobs } from '../engine/daemon/daemon.ts';
import type { DaemonSettings } from '../engine/settings.ts';
import { superviseTasks } from '../engine/daemon/supervision/supervise.ts';
import { devnetChainSettings } from './devnet.ts';
import type { Devnet } from './devnet.ts';
import { acquireDataFolder } from './data-folder/folder.ts';
import type { DataFolder, FolderLock, SystemAddresses } from './data-folder/folder.ts';
import { runLiveActivity } from './live-activity.ts';
import {
  type LocalParts,
  failWhenExited,
  allOrFirstError,
  configuredChainFolder,
  openDatabase,
  openDevnet,
  type LocalDatabase,
} from './system-parts.ts';
import { hasIngested, readFirstStatus, reportProgress, waitUntilIngested } from './local-status.ts';
import { composeOwnTransaction } from './own-transaction.ts';
import { beginStampSession } from './data-folder/stamp.ts';
import { removePostgresData } from './postgres/postgres.ts';
import { rememberPorts } from './data-folder/ports.ts';
import type { LocalSystemFacts } from './screen.ts';

export interface LocalSystemOptions {
  readonly data: DataFolder;
  /** Delete the data of earlier starts. */
  readonly fresh: boolean;
  /** `devnet` starts its own chain; `configured` follows the configured node. */
  readonly chain: 'devnet' | 'configured';
  /** The daemon's settings, given these parts. */
  readonly settingsFor: (parts: LocalParts) => DaemonSettings;
  readonly logger: Logger;
  /** Aborting it stops everything in order. */
  readonly signal: AbortSignal;
  /** Called once, when everything runs. */
  readonly onReady: (facts: LocalSystemFacts) => void;
  readonly now?: () => Date;
  /** Further jobs of the daemon. */
  readonly startJobs?: StartJobs;
}

/**
 * Not 2 or less: with such an interval, anvil 1.7 keeps the states of 1,500 blocks in memory regardless of its options, some megabytes
 * each.
 */
const blockIntervalSeconds = 3;
/** The history of a new devnet, so that there are rows to look at. */
const pastLogs = 1200;
const devnetSeed = 1;

const progressIntervalMs = 30_000;

/** The screen waits this long for a first projected block, so that it shows progress. */
const firstStatusPatienceMs = 3000;

/** On a stop, the daemon gets this long to ingest the devnet's last blocks: the state file does not have their states. */
const lastBlocksPatienceMs = 3000;

/**
 * Runs until the signal is aborted, then stops everything: the activity, the daemon, the devnet (which writes its chain), PostgreSQL.
 * Throws a CannotRunError if it can't start, and the part's error if a part fails.
 */
export async function runLocalSystem(options: LocalSystemOptions): Promise<void> {
  const now = options.now ?? (() => new Date());
  try {
    await using resources = new AsyncDisposableStack();
    const lock = await acquireDataFolder(options.data, { kind: 'start', startedAt: now() });
    resources.defer(() => lock.release());
    const run = { ...options, now, lock, resources };
    if (options.chain === 'devnet') await runWithDevnet(run);
    else await runWithConfiguredChain(run);
  } catch (error) {
    // Stopping on the signal is not a failure.
    if (!options.signal.aborted) throw error;
  }
}

interface Run extends LocalSystemOptions {
  readonly now: () => Date;
  readonly lock: FolderLock;
  /** The parts to stop when the run ends for whatever reason, in reverse order. */
  readonly resources: AsyncDisposableStack;
}

async function runWithDevnet(run: Run): Promise<void> {
  const pair = await beginStampSession(run.data, run);
  let belongTogether = false;
  run.resources.defer(async () => {
    if (belongTogether) await pair.recordStoppedTogether();
  });
  run.logger.info('starting PostgreSQL and the devnet');
  const [database, devnet] = await allOrFirstError([
    openDatabase(run, run.data.postgresFolder),
    openDevnet(run, { seed: devnetSeed, minimumLogs: pastLogs, isKept: true }),
  ]);
  const settings = run.settingsFor({
    databaseUrl: database.url,
    chain: devnetChainSettings(devnet),
    contracts: devnet.contracts,
  });
  await rememberPorts(run.data, { postgres: database.server.port, devnet: devnet.anvil.port });
  await run.lock.publish(addressesOf(database, settings, devnet.anvil.chainId));
  try {
    await superviseDevnetSystem(run, { database, devnet, settings });
  } finally {
    const hasLastBlock = await knowsLastBlock(database, devnet, run.logger);
    await devnet.anvil.stop();
    // A killed anvil has not written its state.
    belongTogether = hasLastBlock && (await devnet.anvil.exited).signal !== 'SIGKILL';
  }
}

interface DevnetSystem {
  readonly database: LocalDatabase;
  readonly devnet: Devnet;
  readonly settings: DaemonSettings;
}

/** On a stop, the activity stops first; the daemon stops after it has ingested the activity's last blocks. */
async function superviseDevnetSystem(run: Run, system: DevnetSystem): Promise<void> {
  const { database, devnet, settings } = system;
  const { logger } = run;
  const { chainId } = devnet.anvil;
  const now = (): bigint => BigInt(Math.floor(run.now().getTime() / 1000));
  await superviseTasks(run.signal, async (signal, start) => {
    const daemonStop = new AbortController();
    const ready = Promise.withResolvers<number>();
    const { startJobs } = run;
    start('daemon', () =>
      runDaemon({
        settings,
        projections: allProjections,
        logger,
        signal: daemonStop.signal,
        startJobs,
        onReady: ready.resolve,
      }),
    );
    start('activity', async () => {
      try {
        // If the daemon can't start, the devnet is unchanged, and both still belong together.
        if ((await orAborted(ready.promise, signal)) === undefined) return;
        await runLiveActivity(devnet, { blockIntervalSeconds, now, signal, logger });
        const patience = AbortSignal.timeout(lastBlocksPatienceMs);
        await waitUntilIngested(database.pool, chainId, await headOf(devnet), patience);
      } finally {
        daemonStop.abort();
      }
    });
    start('progress', () =>
      announceAndReport(run, { database, settings, devnet, ready: ready.promise, signal }),
    );
    start('PostgreSQL', () => watchPostgres(database, signal));
    start('anvil', () =>
      failWhenExited(
        'The devnet (anvil)',
        devnet.anvil,
        signal,
        'Start again; if it ends again, start with --fresh.',
      ),
    );
  });
}

/** The configured chain has a separate database, independent of the devnet's. */
async function runWithConfiguredChain(run: Run): Promise<void> {
  const { logger, data } = run;
  const folder = configuredChainFolder(data);
  if (run.fresh) await removePostgresData(folder, logger);
  logger.info('starting PostgreSQL');
  const database = await openDatabase(run, folder);
  const settings = run.settingsFor({ databaseUrl: database.url });
  await rememberPorts(data, { postgres: database.server.port });
  await run.lock.publish(addressesOf(database, settings));
  await superviseTasks(run.signal, async (signal, start) => {
    const ready = Promise.withResolvers<number>();
    const { startJobs } = run;
    start('daemon', () =>
      runDaemon({ settings, projections: allProjections, logger, signal, startJobs, onReady: ready.resolve }),
    );
    start('progress', () => announceAndReport(run, { database, settings, ready: ready.promise, signal }));
    start('PostgreSQL', () => watchPostgres(database, signal));
  });
}

interface Announcement {
  readonly database: LocalDatabase;
  readonly settings: DaemonSettings;
  readonly devnet?: Devnet;
  /** The chain's id, once the daemon follows it. */
  readonly ready: Promise<number>;
  readonly signal: AbortSignal;
}

/** Reports to the caller that everything runs, then logs the progress at intervals. */
async function announceAndReport(run: Run, announcement: Announcement): Promise<void> {
  const { database, settings, devnet, signal } = announcement;
  const chainId = await orAborted(announcement.ready, signal);
  if (chainId === undefined) return;
  await run.lock.publish(addressesOf(database, settings, chainId));
  const status = await readFirstStatus(database.pool, chainId, firstStatusPatienceMs, signal);
  const { version, dataFolder, runsAs } = database.server;
  run.onReady({
    chainId,
    rpcUrls: [...settings.chain.rpcUrls, ...settings.chain.webSocketUrls].map(maskUrl),
    devnet: devnet === undefined ? null : describeDevnet(devnet),
    contracts: settings.contracts.length,
    database: { url: database.url, version, dataFolder, runsAs },
    progress: { head: status?.head ?? null, projected: status?.projected ?? null },
  });
  await reportProgress(database.pool, chainId, {
    intervalMs: progressIntervalMs,
    logger: run.logger,
    signal,
  });
}

function describeDevnet(devnet: Devnet): LocalSystemFacts['devnet'] {
  const ownTransaction = composeOwnTransaction(devnet.scene, devnet.anvil.rpcUrl);
  return { blockIntervalSeconds, isNew: devnet.isNew, ownTransaction };
}

async function orAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value | undefined> {
  const aborted = Promise.withResolvers<undefined>();
  signal.addEventListener('abort', () => aborted.resolve(undefined), { once: true });
  return signal.aborted ? undefined : Promise.race([promise, aborted.promise]);
}

async function watchPostgres({ server }: LocalDatabase, signal: AbortSignal): Promise<void> {
  await failWhenExited('PostgreSQL', server, signal, `${server.logFile} says why; then start again.`);
}

async function headOf({ client }: Devnet): Promise<number> {
  return Number(await client.getBlockNumber());
}

/** Whether the devnet can be stopped without losing states that the daemon still needs. */
async function knowsLastBlock(database: LocalDatabase, devnet: Devnet, logger: Logger): Promise<boolean> {
  try {
    return await hasIngested(database.pool, devnet.anvil.chainId, await headOf(devnet));
  } catch (error) {
    // Database or node is unreachable; the error that ended the system is reported instead.
    logger.debug({ err: error }, 'can’t read the daemon’s progress');
    return false;
  }
}

function addressesOf(database: LocalDatabase, settings: DaemonSettings, chainId?: number): SystemAddresses {
  const [rpcUrl] = settings.chain.rpcUrls;
  const [webSocketUrl] = settings.chain.webSocketUrls;
  return {
    databaseUrl: database.url,
    postgresDataFolder: database.server.dataFolder,
    contracts: settings.contracts.map((contract) => ({ ...contract })),
    ...(chainId === undefined ? {} : { chainId }),
    ...(rpcUrl === undefined ? {} : { rpcUrl }),
    ...(webSocketUrl === undefined ? {} : { webSocketUrl }),
  };
}
