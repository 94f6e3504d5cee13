/** Whether a chain's receipts can be held against its headers at all: some nodes serve none, and some chains' headers have other roots. */
import { blockCount } from '../../primitives/interval.ts';
import { NodeError, ReceiptsRootError } from '../rpc/errors.ts';
import { getHeaders } from './headers.ts';
import type { NodeErrorKind } from '../rpc/errors.ts';
import type { ChainNode, RequestOptions } from '../rpc/node.ts';
import { emptyReceiptsRoot, provenReceipts } from './receipts-root.ts';

/** As a look at recent blocks tells. (Not an interface: as a type it may be kept as JSON.) */
export type ReceiptsCapability = {
  /**
   * `checkable`: a block's receipts made its header's root. `differing`: those of no block that was looked at did. `unserved`: the node
   * gives no receipts. `unknown`: no block with a transaction was among those looked at.
   */
  readonly state: 'checkable' | 'differing' | 'unserved' | 'unknown';
  /** The blocks whose receipts were looked at. */
  readonly blocks: readonly number[];
};

/** Headers that are looked at for blocks with transactions. */
const recentBlocks = 100;
const blocksLookedAt = 3;

/** Looks at the newest blocks with transactions up to `head`. Throws what isn't about receipts: a node that fails tells nothing of its chain. */
export async function examineReceipts(
  node: ChainNode,
  head: number,
  options?: RequestOptions,
): Promise<ReceiptsCapability> {
  const range = { from: Math.max(0, head - recentBlocks + 1), to: head };
  const headers = blockCount(range) === 0 ? [] : await getHeaders(node, range, options);
  const filled = headers.filter(({ receiptsRoot }) => receiptsRoot !== emptyReceiptsRoot).toReversed();
  const blocks: number[] = [];
  for (const header of filled.slice(0, blocksLookedAt)) {
    blocks.push(header.number);
    try {
      await provenReceipts(node, header, options);
      return { state: 'checkable', blocks: [header.number] };
    } catch (error) {
      if (error instanceof NodeError && unservedKinds.has(error.kind)) return { state: 'unserved', blocks };
      if (!(error instanceof ReceiptsRootError)) throw error;
    }
  }
  return { state: blocks.length === 0 ? 'unknown' : 'differing', blocks };
}

const unservedKinds: ReadonlySet<NodeErrorKind> = new Set([
  'method-unsupported',
  'access-refused',
  'request-refused',
]);
