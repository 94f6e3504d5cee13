/** Reads the contract state of many entities at one block. */
import pLimit from 'p-limit';
import type { ChainNode } from '../../rpc/node.ts';
import { requestKey, type RequestKey, type ReadRequest, type ReadResult } from '../../rpc/types.ts';
import { executeReads } from '../../chain/reads.ts';
import type { ReadPlan } from '../../contract/read-plan.ts';
import { required } from '../../../primitives/errors.ts';
import type { Address, Hash } from '../../../primitives/hex.ts';

export interface StateReadOptions {
  /** A larger answer counts as oversized. This is ingest's limit, so that both accept the same answers. */
  readonly maximumBytes: number;
  /** Null if every call is sent separately. */
  readonly multicall3: Address | null;
  readonly signal?: AbortSignal | undefined;
}

export interface StateReader {
  /** Runs plans to their ends and returns their answers in order. */
  answer<Answer>(blockHash: Hash, plans: readonly (() => ReadPlan<Answer>)[]): Promise<Answer[]>;
  /** The number of answers for which the node did not have the state. */
  readonly unavailable: () => number;
}

/** The number of plans that run together, so that their reads share Multicall3 calls. */
const plansTogether = 400;
/** The number of groups in flight. One is decoded while the node answers the next. */
const groupsAtOnce = 3;

/** Creates a reader that sends its requests to one node. */
export function createStateReader(node: ChainNode, options: StateReadOptions): StateReader {
  let unavailable = 0;
  const limit = pLimit(groupsAtOnce);

  async function ask(blockHash: Hash, requests: readonly ReadRequest[]): Promise<readonly ReadResult[]> {
    const [results] = await executeReads(node, [{ blockHash, requests }], {
      maximumBytes: options.maximumBytes,
      ...(options.multicall3 === null ? {} : { multicall3: options.multicall3 }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    for (const result of results ?? []) if (result.status === 'unavailable') unavailable += 1;
    return required(results, 'the results of a block');
  }

  return {
    async answer(blockHash, plans) {
      const groups = Array.from({ length: Math.ceil(plans.length / plansTogether) }, (_, index) =>
        plans.slice(index * plansTogether, (index + 1) * plansTogether),
      );
      const answers = await Promise.all(
        groups.map(
          async (group) =>
            await limit(
              async () => await driveTogether(group, async (requests) => await ask(blockHash, requests)),
            ),
        ),
      );
      return answers.flat();
    },
    unavailable: () => unavailable,
  };
}

interface Running<Answer> {
  readonly plan: ReadPlan<Answer>;
  step: IteratorResult<readonly ReadRequest[], Answer>;
}

/** Runs the plans in rounds. Each round sends the next requests of all plans, without duplicates. */
async function driveTogether<Answer>(
  plans: readonly (() => ReadPlan<Answer>)[],
  ask: (requests: readonly ReadRequest[]) => Promise<readonly ReadResult[]>,
): Promise<Answer[]> {
  const answered = new Map<RequestKey, ReadResult>();
  const all = plans.map((start): Running<Answer> => {
    const plan = start();
    return { plan, step: plan.next() };
  });
  for (;;) {
    const pending = new Map<RequestKey, ReadRequest>();
    for (const { step } of all) {
      if (step.done === true) continue;
      for (const request of step.value) {
        const key = requestKey(request);
        if (!answered.has(key)) pending.set(key, request);
      }
    }
    if (pending.size > 0) {
      const results = await ask([...pending.values()]);
      for (const [index, key] of [...pending.keys()].entries())
        answered.set(key, required(results[index], 'the result of a read'));
    }
    const isDone = all.every(({ step }) => step.done === true);
    if (isDone) break;
    for (const running of all) {
      if (running.step.done === true) continue;
      const results = running.step.value.map((request) =>
        required(answered.get(requestKey(request)), 'the result of a request'),
      );
      running.step = running.plan.next(results);
    }
  }
  return all.flatMap(({ step }) => (step.done === true ? [step.value] : []));
}
