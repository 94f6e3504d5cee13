/**
 * Checks whether a chain's receipts can be verified against its headers. Some nodes serve no receipts, and the headers of some chains have
 * different roots.
 */
import { blockCount } from '../../primitives/interval.ts';
import { NodeError, ReceiptsRootError } from '../rpc/errors.ts';
import { getHeaders } from './headers.ts';
import type { NodeErrorKind } from '../rpc/errors.ts';
import type { ChainNode, RequestOptions } from '../rpc/node.ts';
import { emptyReceiptsRoot, provenReceipts } from './receipts-root.ts';

/** The result of a check of recent blocks. (A type alias instead of an interface, so that it can be stored as JSON.) */
export type ReceiptsCapability = {
  /**
   * `checkable`: a block's receipts match its header's root. `differing`: no examined block's receipts do. `unserved`: the node returns no
   * receipts. `unknown`: no examined block has a transaction.
   */
  readonly state: 'checkable' | 'differing' | 'unserved' | 'unknown';
  /** The blocks whose receipts were examined. */
  readonly blocks: readonly number[];
};

/** The number of headers searched for blocks with transactions. */
const recentBlocks = 100;
const blocksLookedAt = 3;

/**
 * Examines the newest blocks with transactions up to `head`. Throws all errors that are not about receipts, because a failing node reveals
 * nothing about its chain.
 */
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
