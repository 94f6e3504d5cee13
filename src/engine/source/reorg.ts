/**
 * The chain has other blocks where the ledger has some. The branch that counts now is fetched and proven first; then, in one
 * transaction, the old one is orphaned and the new one appended. Rows follow by the projection's own undo.
 */
import { TraceChainError } from '../../primitives/errors.ts';
import { verifyHeadersChain } from '../chain/completeness.ts';
import { getHeaders, headerByNumber } from '../chain/headers.ts';
import { ContractSet } from '../contract/contract-set.ts';
import { haltedFix } from '../ledger/chains.ts';
import { InconsistentAnswerError } from '../rpc/errors.ts';
import type { BlockHeader, BlockReference } from '../rpc/types.ts';
import { gather } from './gather.ts';
import { headBlocks } from './sources.ts';
import type { Advance, ChainUpdate, Position, Reorg } from './updates.ts';

/** (Not an interface: as a type it may be kept as JSON.) */
export type DeepReorg = {
  readonly ours: { readonly number: number; readonly hash: string };
  readonly theirs: { readonly number: number; readonly hash: string };
  /** The last block that counted as final. */
  readonly final: { readonly number: number; readonly hash: string } | null;
};

/** The reorganization reaches blocks that counted as final, or further back than the ledger's headers: a person decides. */
export class DeepReorgError extends TraceChainError {
  override readonly name = 'DeepReorgError';
  readonly detail: DeepReorg;

  constructor(chainId: number, { ours, theirs }: Reorg, final: BlockReference | null) {
    super(
      `the chain's block ${ours.number} is ${theirs.hash} now; the ledger has ${ours.hash}: deeper than the final block ${final?.number ?? 'that is known'}`,
      {
        code: 'sync/deep-reorg',
        fix: `The daemon has stopped writing. ${haltedFix}`,
        place: { chainId, blockNumber: ours.number, blockHash: ours.hash },
      },
    );
    this.detail = { ours: { ...ours }, theirs: { ...theirs }, final: final && { ...final } };
  }
}

/** A reorganization if the node's block of a height is another than the ledger's; else null. */
export function differing(ours: BlockReference, theirs: BlockReference): Reorg | null {
  if (ours.hash === theirs.hash) return null;
  return {
    ours: { number: ours.number, hash: ours.hash },
    theirs: { number: theirs.number, hash: theirs.hash },
  };
}

/**
 * The reorganization that the node shows before a block after the cursor is fetched: its head is below the cursor and none of the ledger's
 * blocks, or (at the level `logs`, where no header links what comes to what the ledger has) its block at the cursor is another.
 */
export async function reorgBehind(advance: Advance, cursor: BlockReference | null): Promise<Reorg | null> {
  const { ledger, tip, fetching } = advance;
  if (cursor === null) return null;
  if (tip.head.number < cursor.number) {
    // A head that is behind what the ledger has is a lagging node's, if it is a block of ours.
    const ours = await ledger.canonicalBlock(tip.head.number);
    return ours === null ? null : differing(ours, tip.head);
  }
  return fetching.completeness === 'logs' ? await reorgAt(advance, cursor) : null;
}

/**
 * Null if `next` continues the ledger's last block. Otherwise the same node is asked what it has at that height: another
 * block is a reorganization; ours means that two of its answers don't fit together, which passes (InconsistentAnswerError).
 */
export async function findReorg(
  advance: Advance,
  cursor: BlockReference | null,
  next: BlockHeader,
): Promise<Reorg | null> {
  if (cursor === null || next.parentHash === cursor.hash) return null;
  const reorg = await reorgAt(advance, cursor);
  if (reorg !== null) return reorg;
  throw new InconsistentAnswerError(
    `Block ${next.number} has the parent ${next.parentHash}, not ${cursor.hash}`,
    { blockNumber: next.number, blockHash: next.hash },
  );
}

/** Whether the node's chain still has the ledger's last block; a node that hasn't come so far yet is a fault that passes. */
async function reorgAt({ node, signal }: Advance, cursor: BlockReference): Promise<Reorg | null> {
  return differing(cursor, await headerByNumber(node, cursor.number, { signal }));
}

/** Blocks of the new branch that are fetched at once; what follows them comes as every other block does. */
const mostBlocksAtOnce = 100;

/** Finds where the branches part and fetches the new one from there. Throws DeepReorgError if they part before the ledger's final block. */
export async function fetchReplacement(
  advance: Advance,
  position: Position,
  reorg: Reorg,
): Promise<ChainUpdate> {
  const { chainId, node, tip, ledger, fetching, signal } = advance;
  const { final, blocks } = await ledger.replaceableBlocks(position.contracts.firstBlock());
  const fork = await findFork(advance, blocks);
  if (fork === null) throw new DeepReorgError(chainId, reorg, final);
  const range = { from: fork.number + 1, to: Math.min(tip.head.number, fork.number + mostBlocksAtOnce) };
  const headers = await getHeaders(node, range, { signal });
  verifyHeadersChain(headers, fork);
  const [first, ...rest] = headers;
  if (first === undefined)
    throw new InconsistentAnswerError(`The node has no block after ${fork.number}`, {
      blockNumber: fork.number,
    });
  // Children that were born on the old branch are forgotten; those that the new one makes as well are found again.
  const contracts = new ContractSet(
    [...position.contracts].filter(
      ({ factory, startBlock }) => factory === null || startBlock <= fork.number,
    ),
  );
  const batch = await gather(fetching, headBlocks(fetching, [first, ...rest]), contracts);
  return { kind: 'reorg', tip, fork, batch };
}

/** The newest of our blocks that the node has too, or null if it has none of them. */
async function findFork(
  { node, tip, signal }: Advance,
  blocks: readonly BlockReference[],
): Promise<BlockReference | null> {
  const candidates = blocks.filter(({ number }) => number <= tip.head.number).toReversed();
  for (let start = 0; start < candidates.length; start += mostBlocksAtOnce) {
    const ours = candidates.slice(start, start + mostBlocksAtOnce);
    const numbers = ours.map(({ number }) => number);
    const theirs = await getHeaders(node, numbers, { signal });
    const shared = ours.find(({ hash }, index) => theirs[index]?.hash === hash);
    if (shared !== undefined) return { number: shared.number, hash: shared.hash };
  }
  return null;
}
