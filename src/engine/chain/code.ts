/** Contract code at a block. */
import { parseData } from '../rpc/parse.ts';
import type { Address, Hash, Hex } from '../../primitives/hex.ts';
import type { ChainNode, RequestOptions } from '../rpc/node.ts';

/** EIP-1898: the state after that block, refused by the node when the block is no longer canonical. */
export function stateAt(blockHash: Hash): { readonly blockHash: Hash; readonly requireCanonical: true } {
  return { blockHash, requireCanonical: true };
}

/** The code at the address after that block, `0x` where there is none. Throws `state-unavailable` where the node pruned it. */
export async function getCode(
  node: ChainNode,
  address: Address,
  at: Hash | 'latest',
  options?: RequestOptions,
): Promise<Hex> {
  const block = at === 'latest' ? at : stateAt(at);
  return parseData(await node.request('eth_getCode', [address, block], options), 'code');
}
