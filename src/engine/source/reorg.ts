/**
 * The chain has other blocks where the ledger has some. The branch that counts now is fetched and proven first; then, in one
 * transaction, the old one is orphaned and the new one appended. Rows follow by the projection's own undo.
 */
import { haltedFix } from '../ledger/chains.ts';
import { verifyHeadersChain } from '../chain/completeness.ts';
import { InconsistentAnswerError } from '../rpc/errors.ts';
import { getHeaders, headerByNumber } from '../chain/headers.ts';
import type { ChainNode } from '../rpc/node.ts';
import type { BlockHeader, BlockReference } from '../rpc/types.ts';
import { ContractSet } from '../contract/contract-set.ts';
import type { LedgerHeader } from '../ledger/blocks.ts';
import { TraceChainError } from '../../primitives/errors.ts';
import { type Gathered, gather } from './gather.ts';
import type { IngestRun, Position } from './run.ts';
import { headBlocks } from './sources.ts';
import type { Tip } from './tip.ts';

/** The node has another block of a height that the ledger has. */
export class ReorgError extends TraceChainError {
  override readonly name = 'ReorgError';
  /** The ledger's block. */
  readonly ours: BlockReference;
  /** The node's block of the same height. */
  readonly theirs: BlockReference;

  constructor(chainId: number, ours: BlockReference, theirs: BlockReference) {
    super(`the chain's block ${ours.number} is ${theirs.hash} now; the ledger has ${ours.hash}`, {
      code: 'sync/reorg',
      place: { chainId, blockNumber: ours.number, blockHash: ours.hash },
    });
    this.ours = { number: ours.number, hash: ours.hash };
    this.theirs = { number: theirs.number, hash: theirs.hash };
  }
}

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

  constructor({ message, ours, theirs, place }: ReorgError, final: BlockReference | null) {
    super(`${message}: deeper than the final block ${final?.number ?? 'that is known'}`, {
      code: 'sync/deep-reorg',
      fix: `The daemon has stopped writing. ${haltedFix}`,
      place,
    });
    this.detail = { ours: { ...ours }, theirs: { ...theirs }, final: final && { ...final } };
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

export interface Replacement {
  /** The last block that both branches have. */
  readonly fork: BlockReference;
  readonly gathered: Gathered;
}

/** Blocks of the new branch that are fetched at once; what follows them comes as every other block does. */
const mostBlocksAtOnce = 100;

/**
 * Finds where the branches part and fetches the new one from there. `kept` are the ledger's canonical headers from its final
 * block on. Throws DeepReorgError where they part before that.
 */
export async function fetchReplacement(
  run: IngestRun,
  reorg: ReorgError,
  known: {
    readonly position: Position;
    readonly kept: readonly LedgerHeader[];
    readonly final: BlockReference | null;
  },
  tip: Tip,
): Promise<Replacement> {
  const fork = await findFork(run, known.kept, tip);
  if (fork === null) throw new DeepReorgError(reorg, known.final);
  const range = { from: fork.number + 1, to: Math.min(tip.head.number, fork.number + mostBlocksAtOnce) };
  const headers = await getHeaders(run.node, range, { signal: run.signal });
  verifyHeadersChain(headers, fork);
  const [first, ...rest] = headers;
  if (first === undefined)
    throw new InconsistentAnswerError(`The node has no block after ${fork.number}`, {
      blockNumber: fork.number,
    });
  // Children that were born on the old branch are forgotten; those that the new one makes as well are found again.
  const contracts = new ContractSet(
    [...known.position.contracts].filter(
      ({ factory, startBlock }) => factory === null || startBlock <= fork.number,
    ),
  );
  return { fork, gathered: await gather(run.gathering, headBlocks(run.source, [first, ...rest]), contracts) };
}

/** The newest of our blocks that the node has too, or null where none of them is. */
async function findFork(
  { node, signal }: Asker,
  kept: readonly LedgerHeader[],
  tip: Tip,
): Promise<BlockReference | null> {
  const candidates = kept.filter(({ number }) => number <= tip.head.number).toReversed();
  for (let start = 0; start < candidates.length; start += mostBlocksAtOnce) {
    const ours = candidates.slice(start, start + mostBlocksAtOnce);
    const theirs = await getHeaders(
      node,
      ours.map(({ number }) => number),
      { signal },
    );
    const shared = ours.find(({ hash }, index) => theirs[index]?.hash === hash);
    if (shared !== undefined) return { number: shared.number, hash: shared.hash };
  }
  return null;
}
