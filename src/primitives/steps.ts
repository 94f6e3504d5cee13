/** Long work of the processor's that comes in steps, so that whoever has other work gets to it in between. */
import { setImmediate as turnOfLoop } from 'node:timers/promises';

/** Each step takes some milliseconds at the most. */
export type CooperativeSteps<Result> = Generator<void, Result>;

/** Does all of it at once. */
export function runSync<Result>(steps: CooperativeSteps<Result>): Result {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/**
 * Gives way between any two steps: to answers of the database and of a node, to the head while a replay or an audit runs beside it, and to
 * the leader's heartbeat.
 */
export async function runCooperatively<Result>(steps: CooperativeSteps<Result>): Promise<Result> {
  let step = steps.next();
  while (!step.done) {
    await turnOfLoop();
    step = steps.next();
  }
  return step.value;
}
