/** CPU-bound work, split so that the event loop can run in between. */
import { setImmediate as nextEventLoopTurn } from 'node:timers/promises';

/** Work that yields after each chunk. A chunk takes at most a few milliseconds. */
export type CooperativeSteps<Result> = Generator<void, Result>;

/** Runs all chunks synchronously. */
export function runSync<Result>(steps: CooperativeSteps<Result>): Result {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/**
 * Runs the chunks and yields to the event loop between any two of them. Database and node responses, head processing during a replay or an
 * audit, and the leader's heartbeat run in between.
 */
export async function runCooperatively<Result>(steps: CooperativeSteps<Result>): Promise<Result> {
  let step = steps.next();
  while (!step.done) {
    await nextEventLoopTurn();
    step = steps.next();
  }
  return step.value;
}
