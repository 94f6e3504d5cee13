/**
 * A backfill from an empty database: the time until the last row is visible to others, and the resources
 * used.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type KeptChain, keepChain } from '../chain/kept-chain.ts';
import type { ChainRecipe } from '../chain/recipe.ts';
import { measureFloor } from '../floor.ts';
import { cpuSeconds, familyCpuSeconds, peakRssMb } from '../processes/cpu.ts';
import { startDaemon } from '../processes/daemon.ts';
import { type BenchDatabases, startDatabases, withConnection } from '../processes/database.ts';
import { startServingNode } from '../processes/node.ts';
import { verifyDigest, verifyRows } from '../verify.ts';

export interface BackfillResult {
  readonly mode: 'backfill';
  readonly chain: string;
  readonly events: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly floorRatio: number;
  readonly floorSeconds: number;
  readonly daemonCpuSeconds: number;
  readonly postgresCpuSeconds: number;
  readonly nodeCpuSeconds: number;
  readonly peakRssMb: number;
  readonly databaseMb: number;
  readonly rpcRequests: number;
}

export async function* runBackfill(
  recipe: ChainRecipe,
  runs: number,
  logger: Logger,
): AsyncGenerator<BackfillResult> {
  const chain = await keepChain(recipe, logger);
  const node = await startServingNode(chain.stateFile, logger);
  try {
    await using databases = await startDatabases(logger);
    for (let run = 0; run < runs; run++) yield await measure(chain, node, databases);
  } finally {
    await node.stop();
  }
}

export interface NodeProcess {
  readonly rpcUrl: string;
  readonly pid: number;
}

/** A finished backfill, its daemon stopped and its rows verified. */
export interface Backfilled extends Omit<BackfillResult, 'mode' | 'floorRatio' | 'floorSeconds'> {
  readonly databaseUrl: string;
}

/** One run on an empty database, with the floor for comparison. */
export async function measure(
  chain: KeptChain,
  node: NodeProcess,
  databases: BenchDatabases,
): Promise<BackfillResult> {
  const { databaseUrl, ...result } = await backfill(chain, node, databases);
  const floorSeconds = await measureFloor(node.rpcUrl, databaseUrl, await databases.migrated('floor'));
  return { mode: 'backfill', ...result, floorRatio: floorSeconds / result.seconds, floorSeconds };
}

/** One run without the floor. `preloads` are modules that the daemon's process loads before the program. */
export async function backfill(
  chain: KeptChain,
  node: NodeProcess,
  databases: BenchDatabases,
  preloads: readonly string[] = [],
): Promise<Backfilled> {
  const databaseUrl = await databases.migrated('backfilled');
  const before = await cpuOf(node, databases);
  const { contracts } = chain;
  const daemon = await startDaemon({ databaseUrl, rpcUrl: node.rpcUrl, contracts, preloads });
  await Promise.race([untilProjected(databaseUrl, chain.lastEventBlock), daemon.failed]);
  const seconds = (performance.now() - daemon.spawnedAt) / 1000;
  const after = await cpuOf(node, databases);
  const daemonCpuSeconds = await cpuSeconds(daemon.pid);
  const peak = await peakRssMb(daemon.pid);
  const databaseMb = await sizeMb(databaseUrl);
  const rpcRequests = await daemon.stop();
  await verifyRows(databaseUrl, chain.expected);
  await verifyDigest(databaseUrl, chain.digestFile);
  const events = chain.expected.logs;
  return {
    databaseUrl,
    chain: chain.recipe.kind,
    events,
    seconds,
    eventsPerSecond: events / seconds,
    daemonCpuSeconds,
    postgresCpuSeconds: after.postgres - before.postgres,
    nodeCpuSeconds: after.node - before.node,
    peakRssMb: peak,
    databaseMb,
    rpcRequests,
  };
}

async function cpuOf(node: NodeProcess, databases: BenchDatabases) {
  return { node: await cpuSeconds(node.pid), postgres: await familyCpuSeconds(databases.pid) };
}

const lookIntervalMs = 10;

/** Resolves when another connection sees the rows of this block, which are committed with the cursor. */
export async function untilProjected(databaseUrl: string, blockNumber: number): Promise<void> {
  await withConnection(databaseUrl, async (client) => {
    for (;;) {
      const { rows } = await client.query<{ reached: number }>(
        `select block_number::float8 as reached from ledger.cursors where stream = 'projection'`,
      );
      if ((rows[0]?.reached ?? -1) >= blockNumber) return;
      await delay(lookIntervalMs);
    }
  });
}

async function sizeMb(databaseUrl: string): Promise<number> {
  return await withConnection(databaseUrl, async (client) => {
    const { rows } = await client.query<{ bytes: string }>(
      'select pg_database_size(current_database()) as bytes',
    );
    return Number(rows[0]?.bytes) / 1024 ** 2;
  });
}
