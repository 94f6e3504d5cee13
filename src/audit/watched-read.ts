/** An entity's read with its questions and answers kept: for those who look closer at what was found. */
import { requestKey, type RequestKey } from '../chain/request-key.ts';
import type { ReadResult } from '../chain/types.ts';
import type { ReadPlan } from '../contracts/read-plan.ts';
import type { Claim, Reference } from './claim.ts';
import type { Entity } from './known-entities.ts';

export interface EntityAnswer {
  readonly claims: readonly Claim[];
  readonly results: ReadonlyMap<RequestKey, ReadResult>;
  /** Whether the node had no state for one of the reads. */
  readonly isUnavailable: boolean;
}

export function* readEntity({ facet, contract, key }: Entity, reference: Reference): ReadPlan<EntityAnswer> {
  const results = new Map<RequestKey, ReadResult>();
  let isUnavailable = false;
  const plan = facet.read({ contract, key, reference });
  let step = plan.next();
  while (step.done !== true) {
    const requests = step.value;
    const answers = yield requests;
    for (const [index, answer] of answers.entries()) {
      const request = requests[index];
      if (request !== undefined) results.set(requestKey(request), answer);
      if (answer.status === 'unavailable') isUnavailable = true;
    }
    step = plan.next(answers);
  }
  return { claims: step.value, results, isUnavailable };
}
