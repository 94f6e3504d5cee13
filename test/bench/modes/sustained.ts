/**
 * The head under load: blocks of thousands of events at a steady pace, served by a node that executes nothing. What counts is whether
 * the last of them are as soon visible as the first.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { parseEther } from 'viem';
import { toAddress } from '../../../src/primitives/hex.ts';
import { ChainScript, type ScriptedTransaction } from '../chain/script.ts';
import { quantile } from '../output.ts';
import { cpuSeconds, familyCpuSeconds, peakRssMb } from '../processes/cpu.ts';
import { startDaemon } from '../processes/daemon.ts';
import { startDatabases } from '../processes/database.ts';
import { type ScriptedTransfer, startScriptedNode } from '../processes/scripted-node.ts';
import { verifyRows } from '../verify.ts';
import { untilProjected } from './backfill.ts';
import { CommitWatch } from './commit-watch.ts';

export interface SustainedRecipe {
  readonly eventsPerSecond: number;
  readonly seconds: number;
  readonly seed: number;
}

export interface SustainedResult {
  readonly mode: 'head-sustained';
  readonly eventsPerSecond: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  /** The median of the first quarter's blocks, and of the last quarter's: lag that grows shows here. */
  readonly firstQuarterMs: number;
  readonly lastQuarterMs: number;
  /** Blocks that weren't visible when the last one came, that one not counted. */
  readonly lagBlocks: number;
  readonly daemonCpuSeconds: number;
  readonly postgresCpuSeconds: number;
  readonly peakRssMb: number;
}

const blockMs = 1_000;
/** What isn't visible within this after the last block doesn't come. */
const settlingMs = 30_000;
const token = toAddress(`0x${'70'.repeat(20)}`);
const owner = toAddress(`0x${'0e'.repeat(20)}`);
const nobody = toAddress(`0x${'00'.repeat(20)}`);
const mintedWei = parseEther('1000000000');

export async function* runSustained(
  recipe: SustainedRecipe,
  runs: number,
  logger: Logger,
): AsyncGenerator<SustainedResult> {
  await using databases = await startDatabases(logger);
  for (let run = 0; run < runs; run++) yield await measure(recipe, databases);
}

async function measure(
  { eventsPerSecond, seconds, seed }: SustainedRecipe,
  databases: Awaited<ReturnType<typeof startDatabases>>,
): Promise<SustainedResult> {
  const eventsPerBlock = (eventsPerSecond * blockMs) / 1_000;
  const events = eventsPerSecond * seconds;
  const script = new ChainScript(
    { kind: 'token', events, eventsPerBlock, seed },
    { token, registry: token, owner },
  );
  await using node = await startScriptedNode(token);
  node.prepare([{ from: nobody, to: owner, amountWei: mintedWei }]);
  const first = node.publish();
  const databaseUrl = await databases.migrated('sustained');
  const { rpcUrl, webSocketUrl } = node;
  const contracts = [{ kind: 'TraceToken' as const, address: token, startBlock: first }];
  const daemon = await startDaemon({ databaseUrl, rpcUrl, webSocketUrl, contracts });
  await Promise.race([untilProjected(databaseUrl, first), daemon.failed]);
  await using watch = await CommitWatch.start(databaseUrl);
  const before = { daemon: await cpuSeconds(daemon.pid), postgres: await familyCpuSeconds(databases.pid) };
  let lagBlocks = 0;
  let dueAtMs = performance.now();
  for (const { transactions } of script.blocks()) {
    node.prepare(transactions.map(transferOf));
    dueAtMs += blockMs;
    await Promise.race([delay(Math.max(0, dueAtMs - performance.now())), daemon.failed]);
    lagBlocks = watch.lagBlocks;
    watch.mined(node.publish());
  }
  await Promise.race([watch.settled(), daemon.failed, delay(settlingMs)]);
  if (watch.lagBlocks > 0) {
    const left = watch.lagBlocks;
    await daemon.stop();
    throw new Error(`${left} blocks weren't visible ${settlingMs / 1_000} s after the last one`);
  }
  const latencies = watch.latenciesMs;
  const quarter = Math.ceil(latencies.length / 4);
  const result: SustainedResult = {
    mode: 'head-sustained',
    eventsPerSecond,
    seconds,
    p50Ms: quantile(latencies, 0.5),
    p95Ms: quantile(latencies, 0.95),
    maxMs: quantile(latencies, 1),
    firstQuarterMs: quantile(latencies.slice(0, quarter), 0.5),
    lastQuarterMs: quantile(latencies.slice(-quarter), 0.5),
    lagBlocks,
    daemonCpuSeconds: (await cpuSeconds(daemon.pid)) - before.daemon,
    postgresCpuSeconds: (await familyCpuSeconds(databases.pid)) - before.postgres,
    peakRssMb: await peakRssMb(daemon.pid),
  };
  await daemon.stop();
  const { logs, transfers, balanceChanges } = script.outcome();
  const balances = new Map(balanceChanges);
  balances.set(owner, (balances.get(owner) ?? 0n) + mintedWei);
  await verifyRows(databaseUrl, {
    logs: logs + 1,
    transfers: transfers + 1,
    products: 0,
    checkpoints: 0,
    certificates: 0,
    balances: [...balances],
  });
  return result;
}

/** What the call's data says: `transfer(address,uint256)`, two words after the selector. */
function transferOf({ from, data }: ScriptedTransaction): ScriptedTransfer {
  return { from, to: toAddress(`0x${data.slice(34, 74)}`), amountWei: BigInt(`0x${data.slice(74)}`) };
}
