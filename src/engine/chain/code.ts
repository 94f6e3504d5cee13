/** Contract code at a block. */
import { parseData } from '../rpc/parse.ts';
import type { Address, Hash, Hex } from '../../primitives/hex.ts';
import type { ChainNode, RequestOptions } from '../rpc/node.ts';

/** The block parameter of EIP-1898 for the state after that block. The node refuses it if the block is not canonical. */
export function stateAt(blockHash: Hash): { readonly blockHash: Hash; readonly requireCanonical: true } {
  return { blockHash, requireCanonical: true };
}

/** The code at the address after that block, or `0x` if it has none. Throws `state-unavailable` if the node pruned that state. */
export async function getCode(
  node: ChainNode,
  address: Address,
  at: Hash | 'latest',
  options?: RequestOptions,
): Promise<Hex> {
  const block = at === 'latest' ? at : stateAt(at);
  return parseData(await node.request('eth_getCode', [address, block], options), 'code');
}
