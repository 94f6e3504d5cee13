/**
 * A read plan states, as a generator, what an event needs beyond its own log. It yields read requests, receives their results, and returns
 * one typed answer. Ingest runs the plan against the node and records every result in the ledger; the fold runs the same plan with the
 * recorded results. The requests and their interpretation are therefore in one place, and a replay needs no node.
 *
 * A plan must be deterministic: the same event and the same results produce the same requests.
 */
import type { ReadRequest, ReadResult } from '../rpc/types.ts';

export type ReadPlan<Answer> = Generator<readonly ReadRequest[], Answer, readonly ReadResult[]>;

/** Runs a plan to its end with available results. `resultOf` throws if a result is missing. */
export function drivePlan<Answer>(
  plan: ReadPlan<Answer>,
  resultOf: (request: ReadRequest) => ReadResult,
): Answer {
  let step = plan.next();
  while (!step.done) step = plan.next(step.value.map(resultOf));
  return step.value;
}
