/** The stream of the chain: a node's blocks, reorgs and tip, as values that a caller commits in order. */
import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { Hash, Hex } from '../../../src/primitives/hex.ts';
import { ContractSet } from '../../../src/engine/contract/contract-set.ts';
import type { LedgerView } from '../../../src/engine/ledger/ledger-view.ts';
import type { ChainNode, RpcAnswer, RpcRequest } from '../../../src/engine/rpc/node.ts';
import type { BlockHeader, BlockReference } from '../../../src/engine/rpc/types.ts';
import { ChainSource } from '../../../src/engine/source/chain-source.ts';
import { DeepReorgError } from '../../../src/engine/source/reorg.ts';
import { type ChainUpdate, type Position, positionAfter } from '../../../src/engine/source/updates.ts';
import { header, numberedAddress, numberedHash } from '../rpc/values.ts';

/** Blocks 0 to `head`; those from `fork` on belong to the branch. */
function chainOf(head: number, { fork = Infinity, branch = 1 } = {}): BlockHeader[] {
  const hashAt = (number: number): Hash =>
    numberedHash(number >= fork ? branch * 100_000 + number : 1_000 + number);
  return Array.from({ length: head + 1 }, (_, number) =>
    header(number, { hash: hashAt(number), parentHash: hashAt(number - 1) }),
  );
}

/** A node with these blocks and no logs; blocks up to `final` are final. */
function nodeOf(blocks: readonly BlockHeader[], final: number): ChainNode {
  function resultOf({ method, params: [asked] }: RpcRequest): unknown {
    if (method !== 'eth_getBlockByNumber') return [];
    if (asked === 'latest') return inHex(blocks.at(-1));
    if (asked === 'finalized') return inHex(blocks[final]);
    return inHex(blocks[Number(asked)]);
  }
  return {
    name: 'fake',
    request: async (method, params) => await Promise.resolve(resultOf({ method, params })),
    requestBatch: async (requests) =>
      await Promise.resolve(requests.map((request): RpcAnswer => ({ ok: true, result: resultOf(request) }))),
    lacks: () => false,
    metrics: () => ({ httpRequests: 0, rpcRequests: 0, failedHttpRequests: 0 }),
  };
}

function inHex(block: BlockHeader | undefined): unknown {
  if (block === undefined) return null;
  const quantity = (value: number | bigint): Hex => `0x${value.toString(16)}`;
  return { ...block, number: quantity(block.number), timestamp: quantity(block.timestamp) };
}

/** A ledger with these blocks; blocks up to `final` are final. */
function ledgerOf(blocks: readonly BlockReference[], final: number): LedgerView {
  return {
    canonicalBlock: async (number) => await Promise.resolve(blocks[number] ?? null),
    replaceableBlocks: async () =>
      await Promise.resolve({ final: blocks[final] ?? null, blocks: blocks.slice(final) }),
  };
}

const token = { chainId: 1, address: numberedAddress(1), kind: 'TraceToken', startBlock: 0 } as const;
const contracts = new ContractSet([{ ...token, factory: null, registry: null }]);

function at(block: BlockReference | undefined): Position {
  return { cursor: block === undefined ? null : { number: block.number, hash: block.hash }, contracts };
}

async function updatesOf(
  node: ChainNode,
  from: Position,
  ledger: LedgerView = ledgerOf([], 0),
): Promise<ChainUpdate[]> {
  const source = new ChainSource({
    chainId: 1,
    chain: { finality: { kind: 'tag' }, completeness: 'bloom', multicall3: null },
    settings: {
      maximumRangeBlocks: 4,
      concurrentRanges: 2,
      maximumAheadBlocks: 100,
      maximumAheadLogs: 100,
      maximumReadBytes: 1_000,
    },
    ledger,
    logger: pino({ enabled: false }),
    clock: () => 0,
  });
  const announced = { number: 0, hash: numberedHash(0) };
  const updates: ChainUpdate[] = [];
  for await (const update of source.advance(node, from, announced, new AbortController().signal))
    updates.push(update);
  return updates;
}

/** An update in one line. */
function inShort(update: ChainUpdate): string {
  if (update.kind === 'tip') return `tip ${update.tip.head.number}`;
  const { from, to } = update.batch.range;
  return update.kind === 'reorg' ? `reorg ${update.fork.number}: ${from}-${to}` : `${from}-${to}`;
}

test('final blocks come by ranges, those after them up to the head, in one row without a gap', async () => {
  const updates = await updatesOf(nodeOf(chainOf(12), 9), at(undefined));
  expect(updates.map(inShort)).toEqual(['0-3', '4-7', '8-9', '10-12']);
  const last = updates.at(-1);
  expect(last?.kind === 'blocks' && positionAfter(last.batch).cursor).toEqual(at(chainOf(12)[12]).cursor);
});

test('a head that the ledger has, and a lower one of the same chain, bring a tip and no blocks', async () => {
  const blocks = chainOf(12);
  const ledger = ledgerOf(blocks, 3);
  expect((await updatesOf(nodeOf(blocks, 3), at(blocks[12]), ledger)).map(inShort)).toEqual(['tip 12']);
  expect((await updatesOf(nodeOf(chainOf(10), 3), at(blocks[12]), ledger)).map(inShort)).toEqual(['tip 10']);
});

test('a start block that the chain has not reached brings a tip', async () => {
  const later = new ContractSet([{ ...token, startBlock: 50, factory: null, registry: null }]);
  const updates = await updatesOf(nodeOf(chainOf(12), 3), { cursor: null, contracts: later });
  expect(updates.map(inShort)).toEqual(['tip 12']);
});

test.each([
  { name: 'longer than the ledger’s', head: 14 },
  { name: 'as long as the ledger’s', head: 12 },
  { name: 'shorter than the ledger’s', head: 11 },
])('a branch $name is a reorganization with the blocks that replace the orphaned ones', async ({ head }) => {
  const ours = chainOf(12);
  const theirs = chainOf(head, { fork: 8 });
  const updates = await updatesOf(nodeOf(theirs, 3), at(ours[12]), ledgerOf(ours, 3));
  expect(updates.map(inShort)).toEqual([`reorg 7: 8-${head}`]);
  expect(updates.flatMap((one) => (one.kind === 'reorg' ? [one.fork] : []))).toEqual([at(ours[7]).cursor]);
});

test('a branch that parts before the final block is an error, and nothing is yielded', async () => {
  const ours = chainOf(12);
  const theirs = chainOf(14, { fork: 2 });
  const updates = updatesOf(nodeOf(theirs, 1), at(ours[12]), ledgerOf(ours, 5));
  await expect(updates).rejects.toBeInstanceOf(DeepReorgError);
});
