/**
 * The head mode: a real node mines about one block per second, and another connection awaits each block's
 * rows. A block's latency starts with the answer of `evm_mine`.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Random, seededRandom } from '../../../src/devnet/activity/random.ts';
import type { AnvilServer } from '../../../src/devnet/anvil.ts';
import { blockNumber, checkPlayed, deployScript, expectedRows, mine, send } from '../chain/make.ts';
import type { ScriptedBlock } from '../chain/script.ts';
import { quantile, quarterMedians, type QuarterMedians } from '../output.ts';
import { cpuSeconds, peakRssMb } from '../processes/cpu.ts';
import { type BenchDaemon, startDaemon } from '../processes/daemon.ts';
import { type BenchDatabases, startDatabases } from '../processes/database.ts';
import { call } from '../processes/json-rpc.ts';
import { startLiveNode } from '../processes/node.ts';
import { Readers, type ReadersFigures } from '../readers.ts';
import { verifyRows } from '../verify.ts';
import { untilProjected } from './backfill.ts';
import { CommitWatch } from './commit-watch.ts';
import { Soak } from './soak.ts';

export interface HeadRecipe {
  readonly kind: 'token' | 'mixed';
  /** The number of connections that query the tables throughout the run. */
  readonly readers: number;
  readonly blocks: number;
  readonly eventsPerBlock: number;
  /** Polls at the default interval, without a WebSocket. */
  readonly polling: boolean;
  readonly seed: number;
}

export interface HeadResult extends Partial<ReadersFigures & QuarterMedians> {
  readonly mode: 'head';
  readonly blocks: number;
  readonly eventsPerBlock: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  /** CPU seconds during the blocks, without the start. */
  readonly daemonCpuSeconds: number;
  readonly peakRssMb: number;
}

/** Milliseconds between blocks. Uneven, so that polls do not synchronise with blocks. */
const intervalMs = { from: 600, to: 1_400 } as const;
const secondsPerBlock = 1;
/** Milliseconds after which a missing block counts as lost. */
const settlingMs = 30_000;

export async function* runHead(recipe: HeadRecipe, runs: number, logger: Logger): AsyncGenerator<HeadResult> {
  await using databases = await startDatabases(logger);
  for (let run = 0; run < runs; run++) {
    const node = await startLiveNode(logger);
    try {
      yield await measure(recipe, node, databases);
    } finally {
      await node.stop();
    }
  }
}

async function measure(
  recipe: HeadRecipe,
  node: AnvilServer,
  databases: BenchDatabases,
): Promise<HeadResult> {
  const { kind, blocks, eventsPerBlock, seed, polling } = recipe;
  const events = blocks * eventsPerBlock;
  const { contracts, script } = await deployScript({ kind, events, eventsPerBlock, seed }, node.rpcUrl);
  await call(node.rpcUrl, 'anvil_setBlockTimestampInterval', secondsPerBlock);
  const first = (await blockNumber(node.rpcUrl)) + 1;
  const databaseUrl = await databases.migrated('followed');
  const daemon = await startDaemon({
    databaseUrl,
    rpcUrl: node.rpcUrl,
    ...(polling ? {} : { webSocketUrl: node.webSocketUrl }),
    contracts,
    variables: { TRACECHAIN_COMPLETENESS: 'bloom' },
  });
  await Promise.race([untilProjected(databaseUrl, first - 1), daemon.failed]);
  await using watch = await CommitWatch.start(databaseUrl);
  await using readers = recipe.readers > 0 ? await Readers.start(databaseUrl, recipe.readers) : null;
  const soak = new Soak({
    daemonPid: daemon.pid,
    nodePid: node.pid,
    watch,
    write: (line) => void process.stdout.write(`${line}\n`),
  });
  const cpuBefore = await cpuSeconds(daemon.pid);
  const mining = mineBlocks(node.rpcUrl, script.blocks(), { first, watch, soak, random: seededRandom(seed) });
  await Promise.race([mining, daemon.failed]);
  await settle(watch, daemon);
  for (const line of soak.verdict(watch.lagBlocks)) process.stdout.write(`${line}\n`);
  const result: HeadResult = {
    mode: 'head',
    blocks,
    eventsPerBlock,
    p50Ms: quantile(watch.latenciesMs, 0.5),
    p95Ms: quantile(watch.latenciesMs, 0.95),
    maxMs: quantile(watch.latenciesMs, 1),
    daemonCpuSeconds: (await cpuSeconds(daemon.pid)) - cpuBefore,
    peakRssMb: await peakRssMb(daemon.pid),
    ...(readers === null ? {} : { ...quarterMedians(watch.latenciesMs), ...(await readers.stop()) }),
  };
  await daemon.stop();
  const expected = expectedRows(contracts, script);
  await checkPlayed(node.rpcUrl, { contracts, lastEventBlock: await blockNumber(node.rpcUrl), expected });
  await verifyRows(databaseUrl, expected);
  return result;
}

/** A block's transactions are sent halfway between it and the previous block, when no latency is measured. */
async function mineBlocks(
  rpcUrl: string,
  scripted: Iterable<ScriptedBlock>,
  run: { readonly first: number; readonly watch: CommitWatch; readonly soak: Soak; readonly random: Random },
): Promise<void> {
  const { first, watch, soak, random } = run;
  let number = first;
  let dueAtMs = performance.now();
  for (const { transactions } of scripted) {
    const pauseMs = random.integer(intervalMs.from, intervalMs.to);
    dueAtMs = Math.max(performance.now(), dueAtMs + pauseMs);
    await delay(Math.max(0, dueAtMs - pauseMs / 2 - performance.now()));
    await send(rpcUrl, transactions);
    await delay(Math.max(0, dueAtMs - performance.now()));
    await soak.observe(number - first);
    await mine(rpcUrl, 1);
    watch.mined(number);
    number += 1;
  }
}

async function settle(watch: CommitWatch, daemon: BenchDaemon): Promise<void> {
  const patience = new AbortController();
  const given = delay(settlingMs, undefined, { signal: patience.signal }).catch(() => undefined);
  await Promise.race([watch.settled(), daemon.failed, given]);
  patience.abort();
}
