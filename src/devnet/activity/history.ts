/** Generates the devnet's history faster than real time: weeks in seconds, one block for every few hours. */
import { InvariantError } from '../../primitives/errors.ts';
import type { Action } from './action.ts';
import { coverableEvents } from './contracts.ts';
import type { Runner, SentAction } from './runner.ts';
import { planCoveringRound, planRound } from './planner.ts';
import type { Scene } from './steps/step.ts';

export interface HistoryOptions {
  readonly scene: Scene;
  readonly player: Runner;
  /** The minimum number of logs on the chain. */
  readonly minimumLogs: number;
  readonly actionsPerBlock: number;
  /** The time between two blocks. */
  readonly blockIntervalSeconds: number;
  /** Whether to continue until every event has occurred. */
  readonly coversEveryEvent: boolean;
  readonly signal: AbortSignal;
  /** Called after every block. */
  readonly onBlock?: (logCount: number) => void;
}

export interface History {
  readonly blocks: number;
  /** Transactions that failed. */
  readonly reverted: readonly SentAction[];
}

/** Far longer than any step waits: a stake is locked for a week. */
const maximumBlocksWithoutNews = 400;

/** The transactions in the pool are in the block that was just mined; a node that takes longer than this has failed. */
const minedWithinMs = 60_000;

/** Runs until both goals are reached. Throws an error if an event does not occur within the limit. */
export async function playHistory(options: HistoryOptions): Promise<History> {
  const { scene, player, signal } = options;
  const { world } = scene;
  const reverted: SentAction[] = [];
  let blocks = 0;
  let blocksWithoutNews = 0;
  const missing = new Set(coverableEvents());
  const isDone = (): boolean =>
    world.logCount >= options.minimumLogs && (!options.coversEveryEvent || missing.size === 0);
  while (!isDone()) {
    signal.throwIfAborted();
    const sent = await player.send(planNext(options, missing.size > 0));
    await player.mine(world.time + BigInt(options.blockIntervalSeconds));
    reverted.push(
      ...(await player.settle(sent, AbortSignal.any([signal, AbortSignal.timeout(minedWithinMs)]))),
    );
    await player.observe();
    blocks += 1;
    const before = missing.size;
    for (const event of missing) if (world.hasSeen(event)) missing.delete(event);
    blocksWithoutNews = missing.size < before ? 0 : blocksWithoutNews + 1;
    if (missing.size > 0 && options.coversEveryEvent && blocksWithoutNews > maximumBlocksWithoutNews) {
      throw new InvariantError(`the activity never causes ${[...missing].join(', ')}`);
    }
    options.onBlock?.(world.logCount);
  }
  return { blocks, reverted };
}

function planNext(
  { scene, actionsPerBlock, coversEveryEvent }: HistoryOptions,
  isMissing: boolean,
): readonly Action[] {
  return coversEveryEvent && isMissing
    ? planCoveringRound(scene, actionsPerBlock)
    : planRound(scene, actionsPerBlock);
}
