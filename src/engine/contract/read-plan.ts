/**
 * What an event needs to know beyond its own log, as a generator: it yields the reads that it wants, is resumed with their
 * results, and returns one typed answer. Ingest drives a plan with the node and keeps every result in the ledger; the
 * fold drives the same plan with what the ledger kept. So what to read and what it means stand in one place, and a
 * replay asks no node.
 *
 * A plan must be deterministic: the same event and results ask for the same reads.
 */
import type { ReadRequest, ReadResult } from '../rpc/types.ts';

export type ReadPlan<Answer> = Generator<readonly ReadRequest[], Answer, readonly ReadResult[]>;

/** Runs a plan to its end with results that are at hand already; `resultOf` throws where one is missing. */
export function drivePlan<Answer>(
  plan: ReadPlan<Answer>,
  resultOf: (request: ReadRequest) => ReadResult,
): Answer {
  let step = plan.next();
  while (!step.done) step = plan.next(step.value.map(resultOf));
  return step.value;
}
