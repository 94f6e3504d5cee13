/** Runs read plans and records their requests and answers, for the classification of findings and of missing answers. */
import { requestKey, type RequestKey, type ReadResult } from '../../rpc/types.ts';
import type { ReadPlan } from '../../contract/read-plan.ts';
import type { AnswerOf, Expectation, Reference } from './entity-kind.ts';
import type { Entity } from './known-entities.ts';

export interface Watched<Answer> {
  readonly answer: Answer;
  readonly results: ReadonlyMap<RequestKey, ReadResult>;
  /** Whether the node did not have the state for one of the reads. */
  readonly isUnavailable: boolean;
  /** The answers that the contract owed but did not give, each as a clause: `balanceOf reverts`. */
  readonly unanswered: readonly string[];
}

export type EntityAnswer = Omit<Watched<unknown>, 'answer'> & {
  readonly expectations: readonly Expectation[];
};

/** Runs a plan and gives it a function that records owed answers. */
export function* watched<Answer>(start: (answerOf: AnswerOf) => ReadPlan<Answer>): ReadPlan<Watched<Answer>> {
  const results = new Map<RequestKey, ReadResult>();
  const unanswered = new Set<string>();
  let isUnavailable = false;
  const plan = start((getter, result) => {
    const value = getter.valueOf(result);
    const how = value === null ? howUnanswered(result) : null;
    if (how !== null) unanswered.add(`${getter.functionName} ${how}`);
    return value;
  });
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
  return { answer: step.value, results, isUnavailable, unanswered: [...unanswered] };
}

/** Reads one entity and records the reads. */
export function* readEntity(
  { entityKind, contract, key }: Entity,
  reference: Reference,
): ReadPlan<EntityAnswer> {
  const { answer, ...rest } = yield* watched((answerOf) =>
    entityKind.read({ contract, key, reference, answerOf }),
  );
  return { expectations: answer, ...rest };
}

/** Null if the contract is not the cause of the missing answer. */
function howUnanswered(result: ReadResult | undefined): string | null {
  switch (result?.status) {
    case 'reverted':
      return 'reverts';
    case 'ok':
      return 'returns data that can’t be decoded';
    case 'oversized':
      return 'returns more than ingest.maximumReadBytes';
    default:
      return null;
  }
}
