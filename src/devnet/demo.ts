/** A local system on temporary data that ends: it makes every event of every contract, and checks that all of them took effect. */
import { rm } from 'node:fs/promises';
import type { Logger } from 'pino';
import { allProjections } from '../tracechain/projections.ts';
import { runDaemon } from '../engine/daemon/daemon.ts';
import type { DaemonSettings } from '../engine/settings.ts';
import { superviseTasks } from '../engine/daemon/supervision/supervise.ts';
import { countChainEvents, countProjected } from './demo-counts.ts';
import type { ProjectedCounts } from './demo-counts.ts';
import { devnetChainSettings } from './devnet.ts';
import type { Devnet } from './devnet.ts';
import { acquireDataFolder, dataFolderAt } from './data-folder/folder.ts';
import {
  type LocalParts,
  failWhenExited,
  allOrFirstError,
  openDatabase,
  openDevnet,
  type LocalDatabase,
} from './system-parts.ts';
import { waitUntilProjected } from './local-status.ts';
import { removePostgresData } from './postgres/postgres.ts';
import { makeTemporaryFolder } from './data-folder/files.ts';

export interface DemoOptions {
  /** The daemon's settings, given these parts. */
  readonly settingsFor: (parts: LocalParts) => DaemonSettings;
  /** Minimum number of events. */
  readonly events?: number;
  /** The same seed makes the same events. */
  readonly seed?: number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly now?: () => Date;
}

/** The result that `demo --json` prints last. */
export interface DemoSummary extends ProjectedCounts {
  /** Logs of the contracts, including children, counted at the node. */
  readonly chainEvents: number;
  readonly blocks: number;
  readonly seconds: number;
}

const defaultEvents = 2000;
const defaultSeed = 2026;

/** The data is temporary, so no commit needs to wait for the disk. */
const throwAwaySettings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** Runs the demo to its end. Rejects with the signal's reason if the signal is aborted. */
export async function runDemo(options: DemoOptions): Promise<DemoSummary> {
  const { logger, signal, events = defaultEvents, seed = defaultSeed } = options;
  const now = options.now ?? (() => new Date());
  const startedAt = performance.now();
  await using resources = new AsyncDisposableStack();
  const folder = await makeTemporaryFolder('demo');
  resources.defer(() => rm(folder, { recursive: true, force: true }));
  const data = dataFolderAt(folder);
  const lock = await acquireDataFolder(data, { kind: 'demo', startedAt: now() });
  resources.defer(() => lock.release());
  // Its data may be elsewhere: see `preparePostgresPlace`.
  resources.defer(() => removePostgresData(data.postgresFolder, logger));
  const parts = { data, logger, signal, now, resources };
  const [database, devnet] = await allOrFirstError([
    openDatabase(parts, data.postgresFolder, throwAwaySettings),
    openDevnet(parts, { seed, minimumLogs: events, isKept: false }),
  ]);
  return await follow({ ...options, database, devnet, startedAt });
}

/** Returns why a demo failed; empty if it succeeded. */
export function demoProblems(summary: DemoSummary): readonly string[] {
  const { chainEvents, projectedEvents, quarantined, tables } = summary;
  const emptyTables = Object.keys(tables).filter((name) => tables[name] === 0);
  return [
    ...(chainEvents === projectedEvents ? [] : [`${projectedEvents} of ${chainEvents} events took effect`]),
    ...(quarantined === 0 ? [] : [`${quarantined} events are in quarantine`]),
    ...(emptyTables.length === 0 ? [] : [`${emptyTables.join(', ')} have no rows`]),
  ];
}

interface Following extends DemoOptions {
  readonly database: LocalDatabase;
  readonly devnet: Devnet;
  readonly startedAt: number;
}

/** Runs the daemon until everything on the chain is projected. */
async function follow(following: Following): Promise<DemoSummary> {
  const { database, devnet, logger, settingsFor, startedAt } = following;
  const { chainId } = devnet.anvil;
  const settings = settingsFor({
    databaseUrl: database.url,
    chain: devnetChainSettings(devnet),
    contracts: devnet.contracts,
  });
  const head = Number(await devnet.client.getBlockNumber());
  const done = new AbortController();
  await superviseTasks(AbortSignal.any([following.signal, done.signal]), async (signal, start) => {
    start('daemon', () => runDaemon({ settings, projections: allProjections, logger, signal }));
    start('PostgreSQL', () => failWhenExited('PostgreSQL', database.server, signal, 'Run the demo again.'));
    start('anvil', () => failWhenExited('The devnet (anvil)', devnet.anvil, signal, 'Run the demo again.'));
    start('waiting', async () => {
      await waitUntilProjected(database.pool, chainId, head, signal);
      done.abort();
    });
  }).catch((error: unknown) => {
    if (!done.signal.aborted) throw error;
  });
  return {
    chainEvents: await countChainEvents(devnet),
    ...(await countProjected(database.pool, chainId)),
    blocks: head,
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
  };
}
