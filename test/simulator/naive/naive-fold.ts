/**
 * The clean run, the reference of every comparison: block by block, one event at a time, in memory, from a
 * healthy node. It has no queue, batches, journal or cursor. It shares only pure code with the daemon:
 * decoding, read plans, projections.
 */
import type { RawLog, ReadResult } from '../../../src/engine/rpc/types.ts';
import { ContractSet } from '../../../src/engine/contract/contract-set.ts';
import { announcedChild, decodeBatch, readPlanOf } from '../../../src/engine/contract/decode-batch.ts';
import type { IndexedContract } from '../../../src/engine/contract/kind.ts';
import { requestKey, type RequestKey } from '../../../src/engine/ledger/batch.ts';
import type { Hash } from '../../../src/primitives/hex.ts';
import { allProjections } from '../../../src/tracechain/projections.ts';
import { prepareBatch } from '../../../src/engine/projection/fold.ts';
import { runSync } from '../../../src/primitives/steps.ts';
import type { ConfiguredContract } from '../../../src/engine/settings.ts';
import type { NaiveBlock, NaiveNode } from './node.ts';
import { emptyState, type NaiveState, NaiveTables } from './tables.ts';

/** The state after a block. */
export interface NaivePosition {
  readonly number: number;
  readonly hash: Hash;
  readonly parentHash: Hash;
  readonly state: NaiveState;
  readonly contracts: ContractSet;
  /** The block's logs of indexed contracts. */
  readonly logs: readonly RawLog[];
  /** Logs of the block that took no effect, by their index. */
  readonly quarantined: readonly number[];
}

/**
 * Folds the blocks from `after` (or the chain's beginning) to the node's head, and returns the position after
 * each block.
 */
export async function foldNaively(
  node: NaiveNode,
  configured: readonly ConfiguredContract[],
  chainId: number,
  after: NaivePosition | null,
): Promise<NaivePosition[]> {
  const head = await node.head();
  const positions: NaivePosition[] = [];
  let contracts = after?.contracts ?? new ContractSet(configured.map((one) => asIndexed(one, chainId)));
  const tables = new NaiveTables(after?.state ?? emptyState);
  for (let number = (after?.number ?? -1) + 1; number <= head; number += 1) {
    const block = await node.block(number);
    contracts = withChildren(block.logs, contracts);
    const logs = block.logs.filter((log) => contracts.at(log.address, number) !== undefined);
    const quarantined = await foldBlock(node, { ...block, logs }, contracts, chainId, tables);
    const { hash, parentHash } = block;
    positions.push({ number, hash, parentHash, state: tables.state(), contracts, logs, quarantined });
  }
  return positions;
}

/**
 * Logs that a child emits in its creation block count, even before its factory's own event; and a child may
 * be a factory itself.
 */
function withChildren(logs: readonly RawLog[], known: ContractSet): ContractSet {
  let contracts = known;
  for (;;) {
    const children = logs.flatMap((log) => announcedChild(log, contracts) ?? []);
    const fresh = children.filter(({ address }) => contracts.get(address) === undefined);
    if (fresh.length === 0) return contracts;
    contracts = contracts.with(fresh);
  }
}

async function foldBlock(
  node: NaiveNode,
  block: NaiveBlock,
  contracts: ContractSet,
  chainId: number,
  tables: NaiveTables,
): Promise<number[]> {
  const answers = new Map<RequestKey, ReadResult>();
  for (const log of block.logs) {
    const plan = readPlanOf(log, block, contracts);
    if (plan === null) continue;
    let step = plan.next();
    while (!step.done) {
      const results: ReadResult[] = [];
      for (const request of step.value) {
        const key = requestKey(request);
        const answer = answers.get(key) ?? (await node.read(block.hash, request));
        answers.set(key, answer);
        results.push(answer);
      }
      step = plan.next(results);
    }
  }
  const reads = new Map([[block.hash, answers]]);
  const decoded = decodeBatch({ chainId, blocks: [block], reads }, contracts);
  const quarantined = decoded.undecoded.map(({ log }) => log.logIndex);
  for (const event of decoded.events) {
    const alone = { ...decoded, events: [event], undecoded: [], unknown: [] };
    const prepared = prepareBatch(alone, allProjections);
    const effect = runSync(prepared.fold(tables.load(prepared.wanted)));
    tables.save(effect);
    quarantined.push(...effect.quarantined.map(({ log }) => log.logIndex));
  }
  return quarantined.toSorted((left, right) => left - right);
}

function asIndexed(contract: ConfiguredContract, chainId: number): IndexedContract {
  const { kind, address, startBlock, registry, childRegistry } = contract;
  return { chainId, address, kind, startBlock, factory: null, registry: registry ?? childRegistry ?? null };
}
