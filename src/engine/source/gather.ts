/**
 * Fetches everything that the ledger needs for a run of blocks: the logs of every watched contract, including
 * children created in the run, proven complete, and the contract reads that the events need. Backfill and
 * head differ only in the source of logs and headers.
 */
import { required } from '../../primitives/errors.ts';
import type { Address } from '../../primitives/hex.ts';
import { executeReads } from '../chain/reads.ts';
import type { ContractSet } from '../contract/contract-set.ts';
import { announcedChild, readPlanOf } from '../contract/decode-batch.ts';
import type { IndexedContract } from '../contract/kind.ts';
import type { ReadPlan } from '../contract/read-plan.ts';
import { type BlockWithLogs, type RecordedRead, requestKey, type RequestKey } from '../ledger/batch.ts';
import type { AppendedBatch } from '../ledger/blocks.ts';
import type { NewContract } from '../ledger/contracts.ts';
import type { BlockHeader, RawLog, ReadRequest, ReadResult } from '../rpc/types.ts';
import { proveComplete } from './prove.ts';
import type { FetchSettings, RangeSource } from './sources.ts';

type GatherSettings = Omit<FetchSettings, 'ranges' | 'early'>;

/** A run of consecutive blocks from the chain, in the form that the ledger appends. */
export interface FetchedBatch extends Pick<AppendedBatch, 'range' | 'completeness' | 'reads'> {
  /** Ascending; always includes the last block of the range. */
  readonly blocks: readonly BlockWithLogs[];
  /** Children that were created in these blocks, in the order of their creation. */
  readonly discovered: readonly NewContract[];
  /** The contracts whose logs the batch has, including the discovered ones. */
  readonly contracts: ContractSet;
}

/**
 * Fetches the run's logs for all contracts that are active in it, proves them complete, and makes the
 * contract reads that their events need. Throws the node's errors.
 */
export async function gather(
  settings: GatherSettings,
  source: RangeSource,
  contracts: ContractSet,
): Promise<FetchedBatch> {
  const found = await gatherLogs(settings, source, contracts, contracts.activeIn(source.range));
  const blocks = await blocksOf(source, found.logs);
  const reads = await collectReads(settings, blocks, found.contracts);
  return {
    range: source.range,
    completeness: settings.completeness,
    blocks,
    reads,
    discovered: found.discovered,
    contracts: found.contracts,
  };
}

/**
 * Returns the batch with the logs and reads of contracts that were discovered in earlier blocks after the
 * batch was fetched. Uses the same source. Throws the node's errors.
 */
export async function gatherMissing(
  settings: GatherSettings,
  source: RangeSource,
  batch: FetchedBatch,
  contracts: ContractSet,
): Promise<FetchedBatch> {
  const missing = contracts
    .activeIn(batch.range)
    .filter(({ address }) => batch.contracts.get(address) === undefined);
  if (missing.length === 0) return batch;
  const all = contracts.with(batch.discovered);
  const found = await gatherLogs(settings, source, all, missing);
  const logs = [...batch.blocks.flatMap((block) => block.logs), ...found.logs];
  const newBlocks = await blocksOf(source, found.logs);
  const reads = await collectReads(settings, newBlocks, found.contracts);
  return {
    ...batch,
    blocks: await blocksOf(source, logs),
    reads: [...batch.reads, ...reads],
    discovered: [...batch.discovered, ...found.discovered],
    contracts: found.contracts,
  };
}

interface FoundLogs {
  readonly logs: readonly RawLog[];
  readonly discovered: readonly NewContract[];
  readonly contracts: ContractSet;
}

/** Fetches logs until no log announces a contract whose logs are still missing. */
async function gatherLogs(
  settings: GatherSettings,
  source: RangeSource,
  known: ContractSet,
  first: readonly IndexedContract[],
): Promise<FoundLogs> {
  // Uses concat and not push: a call takes at most some hundred thousand arguments, and a range may have more
  // logs.
  let logs: readonly RawLog[] = [];
  let discovered: readonly NewContract[] = [];
  let contracts = known;
  let pending = first;
  while (pending.length > 0) {
    const answered = await source.logs(pending);
    const proven = await proveComplete(settings, source, pending, answered);
    logs = logs.length === 0 ? proven : [...logs, ...proven];
    const children = discoverChildren(proven, contracts);
    discovered = [...discovered, ...children];
    contracts = contracts.with(children);
    pending = children;
  }
  return { logs, discovered, contracts };
}

/**
 * Returns the children that these logs announce and that are not known yet. A child is active from the block
 * that creates it, because logs that it emits there before its factory's event belong to its history.
 */
function discoverChildren(logs: readonly RawLog[], known: ContractSet): NewContract[] {
  const discovered = new Map<Address, NewContract>();
  for (const log of logs) {
    const child = announcedChild(log, known);
    if (child === null || known.get(child.address) !== undefined || discovered.has(child.address)) continue;
    discovered.set(child.address, {
      ...child,
      source: 'factory',
      createdBlockHash: log.blockHash,
      createdLogIndex: log.logIndex,
    });
  }
  return [...discovered.values()];
}

async function blocksOf(source: RangeSource, logs: readonly RawLog[]): Promise<BlockWithLogs[]> {
  const byBlock = Map.groupBy(logs, (log) => log.blockNumber);
  const headers = source.headers ?? (await source.headersOf(ascending([...byBlock.keys(), source.range.to])));
  return headers.map((header) => ({
    header,
    logs: (byBlock.get(header.number) ?? []).toSorted((left, right) => left.logIndex - right.logIndex),
  }));
}

function ascending(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].toSorted((left, right) => left - right);
}

/** A read plan that waits for its next results. */
interface OpenPlan {
  readonly plan: ReadPlan<unknown>;
  readonly block: BlockReads;
  readonly requests: readonly ReadRequest[];
}

/** One block's answers so far; several events often make the same read. */
interface BlockReads {
  readonly header: BlockHeader;
  readonly kept: Map<RequestKey, RecordedRead>;
}

/**
 * Drives the read plans of all events in rounds: each round requests everything that any open plan needs
 * next.
 */
async function collectReads(
  settings: GatherSettings,
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

/** Fetches every answer that an open plan waits for and that its block does not have yet. */
async function answerRound(settings: GatherSettings, open: readonly OpenPlan[]): Promise<void> {
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
