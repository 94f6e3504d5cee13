/** The chain has another block where the ledger has one. */
import { InconsistentAnswerError } from '../../chain/errors.ts';
import { headerByNumber } from '../../chain/headers.ts';
import type { ChainNode } from '../../chain/node.ts';
import type { BlockHeader, BlockReference } from '../../chain/types.ts';
import { TraceChainError } from '../../primitives/errors.ts';

export class ReorgError extends TraceChainError {
  override readonly name = 'ReorgError';
  /** The ledger's block. */
  readonly ours: BlockReference;
  /** The node's block of the same height. */
  readonly theirs: BlockReference;

  constructor(chainId: number, ours: BlockReference, theirs: BlockReference) {
    super(`the chain's block ${ours.number} is ${theirs.hash} now; the ledger has ${ours.hash}`, {
      code: 'sync/reorg',
      fix: 'the daemon has stopped writing; index this chain into a fresh database, with a greater finality depth',
      place: { chainId, blockNumber: ours.number, blockHash: ours.hash },
    });
    this.ours = { number: ours.number, hash: ours.hash };
    this.theirs = { number: theirs.number, hash: theirs.hash };
  }
}

interface Asker {
  readonly chainId: number;
  readonly node: ChainNode;
  readonly signal: AbortSignal;
}

/**
 * That `next` continues the ledger's last block. Where it doesn't, the same node is asked what it has at that height: another
 * block is a reorg; ours means that two of its answers don't fit together, which passes.
 */
export async function checkLink(
  asker: Asker,
  cursor: BlockReference | null,
  next: BlockHeader,
): Promise<void> {
  if (cursor === null || next.parentHash === cursor.hash) return;
  await checkCursor(asker, cursor);
  throw new InconsistentAnswerError(
    `Block ${next.number} has the parent ${next.parentHash}, not ${cursor.hash}`,
    {
      blockNumber: next.number,
      blockHash: next.hash,
    },
  );
}

/** That the node's chain still has the ledger's last block; a node that hasn't come so far yet is a fault that passes. */
export async function checkCursor({ chainId, node, signal }: Asker, cursor: BlockReference): Promise<void> {
  const theirs = await headerByNumber(node, cursor.number, { signal });
  if (theirs.hash !== cursor.hash) throw new ReorgError(chainId, cursor, theirs);
}
