/** The daemon as a test runs it: in this process, on a database and a chain of the test's own. */
import { Client } from 'pg';
import { type Logger, pino } from 'pino';
import type { FixtureAddresses } from '../../contracts-fixtures/deploy.ts';
import { allProjections } from '../../src/tracechain/projections.ts';
import type { ProjectionSet } from '../../src/engine/projection/projection-set.ts';
import { runDaemon, type StartJobs } from '../../src/engine/daemon/daemon.ts';
import type { ConfiguredContract, DaemonSettings } from '../../src/engine/settings.ts';
import type { WatchdogTimes } from '../../src/engine/daemon/supervision/watchdog.ts';
import { multicall3Address } from '../../contracts-fixtures/deploy.ts';
import { Patience } from './patience.ts';

export interface TestDaemon {
  /** Resolves when everything up to this block is projected; rejects when the daemon fails first. */
  projected(blockNumber: number): Promise<void>;
  /** Resolves when it has found that another daemon leads; rejects when it ends first. */
  standsBy(): Promise<void>;
  /** Stops it as SIGTERM would; rejects with what it failed of. */
  stop(): Promise<void>;
}

export interface TestDaemonOptions {
  readonly databaseUrl: string;
  readonly rpcUrl: string;
  readonly webSocketUrl?: string;
  readonly contracts: readonly ConfiguredContract[];
  readonly startJobs?: StartJobs;
  readonly watchdogTimes?: WatchdogTimes;
  readonly heartbeatLogMs?: number;
  readonly logger?: Logger;
  readonly projections?: ProjectionSet;
  readonly overrides?: {
    readonly chain?: Partial<DaemonSettings['chain']>;
    readonly ingest?: Partial<DaemonSettings['ingest']>;
    readonly projection?: Partial<DaemonSettings['projection']>;
  };
}

/** A test fails after so long without a further projected block. While blocks are projected, there is no limit. */
const givesUpAfterMs = 60_000;

/** Nothing of a daemon's log is shown without it. */
const shownLevel = process.env['TEST_LOG_LEVEL'];

export function startTestDaemon(options: TestDaemonOptions): TestDaemon {
  const stopping = new AbortController();
  const standingBy = Promise.withResolvers<void>();
  const running = runDaemon({
    settings: testSettings(options),
    logger:
      options.logger ??
      pino(
        { level: shownLevel ?? 'info' },
        {
          write(line: string) {
            if (line.includes('standing by: another daemon leads')) standingBy.resolve();
            if (shownLevel !== undefined) process.stderr.write(line);
          },
        },
      ),
    signal: stopping.signal,
    startJobs: options.startJobs,
    watchdogTimes: options.watchdogTimes,
    projections: options.projections ?? allProjections,
    heartbeatLogMs: options.heartbeatLogMs,
  });
  let failure: unknown = null;
  running.catch((error: unknown) => {
    failure = error;
  });
  return {
    async projected(blockNumber) {
      const patience = new Patience(givesUpAfterMs);
      let before = -1;
      for (;;) {
        if (failure !== null) throw failure;
        const reached = await projectedBlock(options.databaseUrl);
        if (reached >= blockNumber) return;
        if (reached !== before) patience.renew();
        else if (patience.isOver)
          throw new Error(`projected only up to block ${reached}, not ${blockNumber}`);
        before = reached;
        await patience.pause(50);
      }
    },
    async standsBy() {
      const ended = running.then(() => {
        throw new Error('the daemon ended before it stood by');
      });
      await Promise.race([standingBy.promise, ended]);
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

export function testSettings(options: TestDaemonOptions): DaemonSettings {
  const { databaseUrl, rpcUrl, webSocketUrl, contracts, overrides } = options;
  return {
    database: { url: databaseUrl, poolSize: 5 },
    chain: {
      rpcUrls: [rpcUrl],
      webSocketUrls: webSocketUrl === undefined ? [] : [webSocketUrl],
      expectedChainId: null,
      finality: { kind: 'depth', blocks: 5 },
      completeness: 'bloom',
      pollIntervalMs: 100,
      requestTimeoutMs: 10_000,
      multicall3: multicall3Address,
      ...overrides?.chain,
    },
    contracts,
    ingest: {
      maximumRangeBlocks: 1_000,
      concurrentRanges: 3,
      maximumAheadBlocks: 10_000,
      maximumAheadLogs: 100_000,
      maximumReadBytes: 1_000_000,
      ...overrides?.ingest,
    },
    projection: { batchLogs: 5_000, batchBlocks: 1_000, ...overrides?.projection },
  };
}

/** The fixtures as a configuration names them. */
export function fixtureContracts(addresses: FixtureAddresses, startBlock = 0): ConfiguredContract[] {
  const registry = addresses.productRegistry;
  return [
    { kind: 'ProductRegistry', address: addresses.productRegistry, startBlock },
    { kind: 'NFTCertificate', address: addresses.nftCertificate, startBlock, registry },
    { kind: 'NFTFactory', address: addresses.nftFactory, startBlock, childRegistry: registry },
    { kind: 'ProductFactory', address: addresses.productFactory, startBlock },
    { kind: 'ComplianceFactory', address: addresses.complianceFactory, startBlock },
    { kind: 'TraceToken', address: addresses.traceToken, startBlock },
    { kind: 'PaymentContract', address: addresses.paymentContract, startBlock, registry },
    { kind: 'RewardsDistributor', address: addresses.rewardsDistributor, startBlock },
    { kind: 'ComplianceContract', address: addresses.complianceContract, startBlock, registry },
    { kind: 'TraceAccessControl', address: addresses.traceAccessControl, startBlock },
  ];
}

async function projectedBlock(databaseUrl: string): Promise<number> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ reached: number | null }>(
      `select case when to_regclass('ledger.cursors') is null then null else 1 end as reached`,
    );
    if (rows[0]?.reached == null) return -1;
    const cursor = await client.query<{ reached: number }>(
      `select block_number::float8 as reached from ledger.cursors where stream = 'projection'`,
    );
    return cursor.rows[0]?.reached ?? -1;
  } finally {
    await client.end();
  }
}
