/** Makes the reads that events need, at their own blocks, before anything is written. */
import type { ChainNode } from '../rpc/node.ts';
import { executeReads } from '../chain/reads.ts';
import type { BlockHeader, ReadRequest, ReadResult } from '../rpc/types.ts';
import type { ContractSet } from '../contract/contract-set.ts';
import { readPlanOf } from '../contract/decode-batch.ts';
import type { ReadPlan } from '../contract/read-plan.ts';
import { type RecordedRead, type BlockWithLogs, requestKey, type RequestKey } from '../ledger/batch.ts';
import { required } from '../../primitives/errors.ts';
import type { Address } from '../../primitives/hex.ts';

export interface ReadSettings {
  readonly node: ChainNode;
  readonly signal: AbortSignal;
  /** A longer answer is kept as `oversized`. */
  readonly maximumReadBytes: number;
  readonly multicall3: Address | null;
}

/** A plan that waits for its next results. */
interface OpenPlan {
  readonly plan: ReadPlan<unknown>;
  readonly block: BlockReads;
  readonly requests: readonly ReadRequest[];
}

/** One block's answers so far; several events often ask the same. */
interface BlockReads {
  readonly header: BlockHeader;
  readonly kept: Map<RequestKey, RecordedRead>;
}

/** Drives the read plans of all events in rounds: one round asks the node for everything that any plan wants next. */
export async function collectReads(
  settings: ReadSettings,
  blocks: readonly BlockWithLogs[],
  contracts: ContractSet,
): Promise<RecordedRead[]> {
  const all = blocks.map(({ header, logs }) => ({ header, logs, kept: new Map<RequestKey, RecordedRead>() }));
  let open = all.flatMap((block) =>
    block.logs.flatMap((log) => {
      const plan = readPlanOf(log, block.header, contracts);
      return plan === null ? [] : resumed(plan, block, plan.next());
    }),
  );
  while (open.length > 0) {
    await answerRound(settings, open);
    open = open.flatMap(({ plan, block, requests }) => {
      const results = requests.map(
        (request) => required(block.kept.get(requestKey(request)), 'the result of a read').result,
      );
      return resumed(plan, block, plan.next(results));
    });
  }
  return all.flatMap(({ kept }) => [...kept.values()]);
}

function resumed(
  plan: ReadPlan<unknown>,
  block: BlockReads,
  step: IteratorResult<readonly ReadRequest[], unknown>,
): OpenPlan[] {
  return step.done ? [] : [{ plan, block, requests: step.value }];
}

/** Fills in every answer that an open plan waits for and that its block doesn't have yet. */
async function answerRound(settings: ReadSettings, open: readonly OpenPlan[]): Promise<void> {
  const missing = new Map<BlockReads, Map<RequestKey, ReadRequest>>();
  for (const { block, requests } of open) {
    for (const request of requests) {
      const key = requestKey(request);
      if (block.kept.has(key)) continue;
      const wanted = missing.get(block) ?? new Map<RequestKey, ReadRequest>();
      missing.set(block, wanted.set(key, request));
    }
  }
  if (missing.size === 0) return;
  const questions = [...missing].map(([block, wanted]) => ({ block, wanted: [...wanted] }));
  const answers = await executeReads(
    settings.node,
    questions.map(({ block, wanted }) => ({
      blockHash: block.header.hash,
      requests: wanted.map(([, request]) => request),
    })),
    {
      maximumBytes: settings.maximumReadBytes,
      signal: settings.signal,
      ...(settings.multicall3 === null ? {} : { multicall3: settings.multicall3 }),
    },
  );
  for (const [index, { block, wanted }] of questions.entries())
    keep(block, wanted, required(answers[index], 'the answers of a block'));
}

function keep(
  block: BlockReads,
  wanted: readonly (readonly [RequestKey, ReadRequest])[],
  results: readonly ReadResult[],
): void {
  const { number, hash } = block.header;
  for (const [index, [key, request]] of wanted.entries()) {
    block.kept.set(key, {
      block: { number, hash },
      request,
      result: required(results[index], 'the result of a read'),
    });
  }
}
