/**
 * Handles a reorg: the chain has different blocks at heights that the ledger has. The new branch is fetched
 * and proven first. Then one transaction orphans the old branch and appends the new one. The projection
 * reverts the rows by its own undo.
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

/** A type alias and not an interface, because only a type alias is assignable to JSON. */
export type DeepReorg = {
  readonly ours: { readonly number: number; readonly hash: string };
  readonly theirs: { readonly number: number; readonly hash: string };
  /** The ledger's last final block. */
  readonly final: { readonly number: number; readonly hash: string } | null;
};

/**
 * The reorg reaches final blocks, or goes back further than the ledger's headers. An operator must decide.
 */
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

/** Returns a reorg if the node's block at a height differs from the ledger's, else null. */
export function differing(ours: BlockReference, theirs: BlockReference): Reorg | null {
  if (ours.hash === theirs.hash) return null;
  return {
    ours: { number: ours.number, hash: ours.hash },
    theirs: { number: theirs.number, hash: theirs.hash },
  };
}

/**
 * Returns the reorg that is visible before the block after the cursor is fetched, else null. There are two
 * cases. The node's head is below the cursor and is not a ledger block. Or, at level `logs`, which has no
 * headers to link new blocks to the ledger, the node's block at the cursor differs.
 */
export async function reorgBehind(advance: Advance, cursor: BlockReference | null): Promise<Reorg | null> {
  const { ledger, tip, fetching } = advance;
  if (cursor === null) return null;
  if (tip.head.number < cursor.number) {
    // A head behind the ledger means a lagging node if it is a ledger block.
    const ours = await ledger.canonicalBlock(tip.head.number);
    return ours === null ? null : differing(ours, tip.head);
  }
  return fetching.completeness === 'logs' ? await reorgAt(advance, cursor) : null;
}

/**
 * Returns null if `next` continues the ledger's last block. Otherwise asks the same node for its block at the
 * cursor's height. A different block is a reorg. The same block means that two of the node's answers
 * contradict each other: a transient fault, thrown as InconsistentAnswerError.
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

/**
 * Returns a reorg if the node's chain no longer has the ledger's last block, else null. Throws a transient
 * error if the node has not reached that height yet.
 */
async function reorgAt({ node, signal }: Advance, cursor: BlockReference): Promise<Reorg | null> {
  return differing(cursor, await headerByNumber(node, cursor.number, { signal }));
}

/**
 * The number of blocks of the new branch that are fetched in one batch. The regular advance fetches the rest.
 */
const mostBlocksAtOnce = 100;

/**
 * Finds the fork and fetches the new branch from there. Throws DeepReorgError if the fork is before the
 * ledger's final block.
 */
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
  // Children created on the orphaned branch are dropped; those that the new branch also creates are
  // discovered again.
  const contracts = new ContractSet(
    [...position.contracts].filter(
      ({ factory, startBlock }) => factory === null || startBlock <= fork.number,
    ),
  );
  const batch = await gather(fetching, headBlocks(fetching, [first, ...rest]), contracts);
  return { kind: 'reorg', tip, fork, batch };
}

/** Returns the newest ledger block that the node also has, or null if it has none of them. */
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
