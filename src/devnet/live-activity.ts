/** Life on the devnet at the pace of the clock: a block every few seconds, a few people doing something in each. */
import type { Logger } from 'pino';
import { sleep } from '../primitives/time.ts';
import { planRound } from './activity/planner.ts';
import type { Devnet } from './devnet.ts';

export interface LiveActivityOptions {
  readonly blockIntervalSeconds: number;
  /** Rounds in which something happens in every block; afterwards there is a pause between any two. */
  readonly busyRounds?: number;
  readonly calmPauseMs?: number;
  /** Unix seconds. */
  readonly now: () => bigint;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

const maximumActionsPerBlock = 4;

/**
 * Ten minutes of a block every three seconds, for whoever is looking; then something every few minutes. All that happens stays in the
 * node's memory, many times over while its states are kept: at the busy pace that is gigabytes a day.
 */
const defaultBusyRounds = 200;
const defaultCalmPauseMs = 180_000;

/**
 * Switches mining on and lets people act until the signal is aborted; then mines what is left in the pool, and no block
 * more. Rejects when the node doesn't answer any more.
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
    // Whoever else sends transactions may get there first: that is life, and no fault.
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

/** A chain whose history was played, or that stood still, goes on at the present. */
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
