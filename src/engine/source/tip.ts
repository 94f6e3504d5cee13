/** Where a chain's head and its final block are, as one node sees them. */
import { type Finality, headAndFinal } from '../chain/headers.ts';
import type { ChainNode } from '../rpc/node.ts';
import type { BlockHeader } from '../rpc/types.ts';

export interface Tip {
  readonly head: BlockHeader;
  /** Null while nothing is final. */
  readonly final: BlockHeader | null;
}

/**
 * The head and the final block. The chain may go on between the two answers: a final block that came past the head is cut down to it by
 * being left out, for what is final is only ever used as "no further than this".
 */
export async function readTip(node: ChainNode, finality: Finality, signal: AbortSignal): Promise<Tip> {
  const { head, final } = await headAndFinal(node, finality, { signal });
  return { head, final: final === null || final.number > head.number ? null : final };
}
