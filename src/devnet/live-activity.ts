/** Activity on the devnet in real time: one block every few seconds, with transactions of a few users in each. */
import type { Logger } from 'pino';
import { sleep } from '../primitives/time.ts';
import { planRound } from './activity/planner.ts';
import type { Devnet } from './devnet.ts';

export interface LiveActivityOptions {
  readonly blockIntervalSeconds: number;
  /** Rounds with transactions in every block; afterwards, the rounds are separated by pauses. */
  readonly busyRounds?: number;
  readonly calmPauseMs?: number;
  /** Unix seconds. */
  readonly now: () => bigint;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

const maximumActionsPerBlock = 4;

/**
 * Ten minutes with one block every three seconds, so that the user sees activity; then transactions every few minutes. The node keeps
 * everything in memory, several times while it keeps states: at the busy pace, gigabytes per day.
 */
const defaultBusyRounds = 200;
const defaultCalmPauseMs = 180_000;

/**
 * Switches mining on and sends transactions until the signal is aborted; then mines the rest of the pool, and no further
 * block. Rejects if the node stops answering.
 */
export async function runLiveActivity(devnet: Devnet, options: LiveActivityOptions): Promise<void> {
  const { client, player, scene } = devnet;
  const { signal, logger, blockIntervalSeconds } = options;
  const { busyRounds = defaultBusyRounds, calmPauseMs = defaultCalmPauseMs } = options;
  await catchUpWithClock(devnet, options.now());
  await client.setIntervalMining({ interval: blockIntervalSeconds });
  for (let round = 1; !signal.aborted; round += 1) {
    const actions = planRound(scene, scene.random.integer(1, maximumActionsPerBlock));
    const sent = await player.send(actions);
    const settled = await unlessAborted(player.settle(sent, signal), signal);
    // A transaction of the user may come first; a revert is not an error.
    for (const { action, transactionHash } of settled ?? []) {
      logger.debug({ action: action.name, from: action.from, transactionHash }, 'a transaction was reverted');
    }
    await player.observe();
    if (round >= busyRounds) await unlessAborted(sleep(calmPauseMs, signal), signal);
  }
  await client.setIntervalMining({ interval: 0 });
  await client.mine({ blocks: 1 });
  await player.observe();
}

/** Continues a generated or stopped chain at the present time. */
async function catchUpWithClock({ player, scene }: Devnet, now: bigint): Promise<void> {
  const next = scene.world.time + 1n;
  await player.mine(now > next ? now : next);
  await player.observe();
}

async function unlessAborted<Result>(
  work: Promise<Result>,
  signal: AbortSignal,
): Promise<Result | undefined> {
  try {
    return await work;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}
