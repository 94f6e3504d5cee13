/** The fold as it is used in a process that has other work. */
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { type BatchEffect, foldStepwise } from '../projections/fold/fold.ts';

/**
 * `fold`, giving way every few milliseconds: to a transaction that is being saved, each of whose statements waits until this process hears that the
 * one before is done, to the head while a replay or an audit runs beside it, and to the leader's heartbeat.
 */
export async function foldInTurns(...given: Parameters<typeof foldStepwise>): Promise<BatchEffect> {
  const steps = foldStepwise(...given);
  let step = steps.next();
  while (!step.done) {
    await turnOfLoop();
    step = steps.next();
  }
  return step.value;
}
