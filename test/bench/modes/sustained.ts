/**
 * The head under load: blocks of thousands of events at a steady rate, from a node that serves a recording
 * and executes nothing. The measure is whether the last blocks become visible as fast as the first.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { parseEther } from 'viem';
import { toAddress } from '../../../src/primitives/hex.ts';
import { ChainScript, type ScriptedTransaction } from '../chain/script.ts';
import { quantile, quarterMedians, type QuarterMedians } from '../output.ts';
import { cpuSeconds, familyCpuSeconds, machineCpuSeconds, peakRssMb } from '../processes/cpu.ts';
import { startDaemon } from '../processes/daemon.ts';
import { startDatabases, withConnection } from '../processes/database.ts';
import { type ScriptedNode, type ScriptedTransfer, startScriptedNode } from '../processes/scripted-node.ts';
import { verifyRows } from '../verify.ts';
import { untilProjected } from './backfill.ts';
import { CommitWatch } from './commit-watch.ts';

export interface SustainedRecipe {
  readonly eventsPerSecond: number;
  readonly seconds: number;
  readonly seed: number;
}

export interface SustainedResult extends QuarterMedians {
  readonly mode: 'head-sustained';
  readonly eventsPerSecond: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  /** Blocks that were not visible when the last one was published, without that one. */
  readonly lagBlocks: number;
  /** Seconds from the last block until all were visible. */
  readonly drainSeconds: number;
  /** All events divided by the time from the first block until all were visible. */
  readonly projectedPerSecond: number;
  /** Final blocks without gas by then, and final blocks without a second verification. */
  readonly gasLagBlocks: number;
  readonly verificationLagBlocks: number;
  readonly daemonCpuSeconds: number;
  readonly postgresCpuSeconds: number;
  /** CPU seconds of the benchmark itself, mostly for serving the recording. */
  readonly nodeCpuSeconds: number;
  /** CPU seconds of all other processes of the machine. More than some seconds reduce the other figures. */
  readonly otherCpuSeconds: number;
  readonly peakRssMb: number;
}

const blockMs = 1_000;
/** If no further block becomes visible for this many milliseconds, the run has failed. */
const patienceMs = 30_000;
const lineEveryBlocks = 10;
const settlingLookMs = 100;
/**
 * Latencies are hundreds of milliseconds here, and more frequent polling would use CPU time of the measured
 * cores.
 */
const watchIntervalMs = 10;
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
  node.record([{ from: nobody, to: owner, amountWei: mintedWei }]);
  for (const { transactions } of script.blocks()) node.record(transactions.map(transferOf));
  const first = node.publish();
  const databaseUrl = await databases.migrated('sustained');
  const { rpcUrl, webSocketUrl } = node;
  const contracts = [{ kind: 'TraceToken' as const, address: token, startBlock: first }];
  const daemon = await startDaemon({ databaseUrl, rpcUrl, webSocketUrl, contracts });
  await Promise.race([untilProjected(databaseUrl, first), daemon.failed]);
  await using watch = await CommitWatch.start(databaseUrl, watchIntervalMs);
  const cpu = await CpuMeter.start(daemon.pid, databases.pid);
  const lagBlocks = await Promise.race([publishSteadily(node, watch, seconds, cpu), daemon.failed]);
  const lastAtMs = performance.now();
  await Promise.race([settle(watch), daemon.failed]);
  const drainSeconds = (performance.now() - lastAtMs) / 1_000;
  const latencies = watch.latenciesMs;
  const result: SustainedResult = {
    mode: 'head-sustained',
    eventsPerSecond,
    seconds,
    p50Ms: quantile(latencies, 0.5),
    p95Ms: quantile(latencies, 0.95),
    maxMs: quantile(latencies, 1),
    ...quarterMedians(latencies),
    lagBlocks,
    drainSeconds,
    projectedPerSecond: events / (seconds - blockMs / 1_000 + drainSeconds),
    ...(await laterWork(databaseUrl)),
    ...(await cpu.spent()),
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

/**
 * Publishes one block per second; returns the number of blocks that were not visible when the last one was
 * published.
 */
async function publishSteadily(
  node: ScriptedNode,
  watch: CommitWatch,
  blocks: number,
  cpu: CpuMeter,
): Promise<number> {
  const startedAtMs = performance.now();
  let lagBlocks = 0;
  for (let block = 0; block < blocks; block += 1) {
    await delay(Math.max(0, startedAtMs + block * blockMs - performance.now()));
    lagBlocks = watch.lagBlocks;
    watch.mined(node.publish());
    if (block % lineEveryBlocks === 0 && block > 0)
      process.stdout.write(`${block} s  lag ${lagBlocks} blocks  ${await cpu.line()}\n`);
  }
  return lagBlocks;
}

/** Waits until all blocks are visible; throws if there is no progress. */
async function settle(watch: CommitWatch): Promise<void> {
  let seen = watch.lagBlocks;
  let seenAtMs = performance.now();
  while (watch.lagBlocks > 0) {
    if (watch.lagBlocks < seen) [seen, seenAtMs] = [watch.lagBlocks, performance.now()];
    if (performance.now() - seenAtMs > patienceMs)
      throw new Error(`${seen} blocks are left, and none became visible for ${patienceMs / 1_000} s`);
    await Promise.race([watch.settled(), delay(settlingLookMs)]);
  }
}

/** The work on final blocks, which follows their rows. */
async function laterWork(
  databaseUrl: string,
): Promise<Pick<SustainedResult, 'gasLagBlocks' | 'verificationLagBlocks'>> {
  return await withConnection(databaseUrl, async (client) => {
    const { rows } = await client.query<{ gas: number; verification: number }>(
      `select (final_number - coalesce(receipts.block_number, 0))::float8 as gas,
              (final_number - coalesce(verification.block_number, 0))::float8 as verification
       from ledger.chains
       left join ledger.cursors as receipts on receipts.chain_id = chains.chain_id and receipts.stream = 'receipts'
       left join ledger.cursors as verification
         on verification.chain_id = chains.chain_id and verification.stream = 'verification'`,
    );
    return {
      gasLagBlocks: rows[0]?.gas ?? 0,
      verificationLagBlocks: rows[0]?.verification ?? 0,
    };
  });
}

type CpuSeconds = Pick<
  SustainedResult,
  'daemonCpuSeconds' | 'postgresCpuSeconds' | 'nodeCpuSeconds' | 'otherCpuSeconds'
>;

/** The CPU time of all processes on the machine. */
class CpuMeter {
  readonly #read: () => Promise<CpuSeconds>;
  readonly #before: CpuSeconds;
  #told: CpuSeconds;

  private constructor(read: () => Promise<CpuSeconds>, before: CpuSeconds) {
    this.#read = read;
    this.#before = before;
    this.#told = before;
  }

  static async start(daemonPid: number, postgresPid: number): Promise<CpuMeter> {
    const read = async (): Promise<CpuSeconds> => {
      const daemon = await cpuSeconds(daemonPid);
      const postgres = await familyCpuSeconds(postgresPid);
      const node = await cpuSeconds(process.pid);
      return {
        daemonCpuSeconds: daemon,
        postgresCpuSeconds: postgres,
        nodeCpuSeconds: node,
        otherCpuSeconds: (await machineCpuSeconds()) - daemon - postgres - node,
      };
    };
    return new CpuMeter(read, await read());
  }

  /** Since the start. */
  async spent(): Promise<CpuSeconds> {
    return difference(await this.#read(), this.#before);
  }

  /** Since the previous line. */
  async line(): Promise<string> {
    const now = await this.#read();
    const spent = difference(now, this.#told);
    this.#told = now;
    const [daemon, postgres, node, others] = [
      spent.daemonCpuSeconds,
      spent.postgresCpuSeconds,
      spent.nodeCpuSeconds,
      spent.otherCpuSeconds,
    ].map((seconds) => seconds.toFixed(1));
    return `CPU s: daemon ${daemon}  PostgreSQL ${postgres}  node ${node}  others ${others}`;
  }
}

function difference(now: CpuSeconds, before: CpuSeconds): CpuSeconds {
  return {
    daemonCpuSeconds: now.daemonCpuSeconds - before.daemonCpuSeconds,
    postgresCpuSeconds: now.postgresCpuSeconds - before.postgresCpuSeconds,
    nodeCpuSeconds: now.nodeCpuSeconds - before.nodeCpuSeconds,
    otherCpuSeconds: now.otherCpuSeconds - before.otherCpuSeconds,
  };
}

/** Decodes the call data `transfer(address,uint256)`: two words after the selector. */
function transferOf({ from, data }: ScriptedTransaction): ScriptedTransfer {
  return { from, to: toAddress(`0x${data.slice(34, 74)}`), amountWei: BigInt(`0x${data.slice(74)}`) };
}
