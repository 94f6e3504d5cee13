/** Life on the devnet at the pace of the clock: a block every few seconds, a few people doing something in each. */
import type { Logger } from 'pino';
import { planRound } from './activity/planner.ts';
import type { Devnet } from './devnet.ts';

export interface LiveActivityOptions {
  readonly blockIntervalSeconds: number;
  /** Unix seconds. */
  readonly now: () => bigint;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

const maximumActionsPerBlock = 4;

/**
 * Switches mining on and lets people act until the signal is aborted; then mines what is left in the pool, and no block
 * more. Rejects when the node doesn't answer any more.
 */
export async function runLiveActivity(devnet: Devnet, options: LiveActivityOptions): Promise<void> {
  const { client, player, scene } = devnet;
  const { signal, logger, blockIntervalSeconds } = options;
  await catchUpWithClock(devnet, options.now());
  await client.setIntervalMining({ interval: blockIntervalSeconds });
  while (!signal.aborted) {
    const actions = planRound(scene, scene.random.integer(1, maximumActionsPerBlock));
    const sent = await player.send(actions);
    const settled = await unlessAborted(player.settle(sent, signal), signal);
    // Whoever else sends transactions may get there first: that is life, and no fault.
    for (const { action, transactionHash } of settled ?? []) {
      logger.debug({ action: action.name, from: action.from, transactionHash }, 'a transaction was reverted');
    }
    await player.observe();
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
