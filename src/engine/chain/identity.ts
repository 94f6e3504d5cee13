/** The identity of a node's chain and the node's software. */
import { MalformedAnswerError } from '../rpc/errors.ts';
import { headerByNumber } from './headers.ts';
import { parseQuantity } from '../rpc/parse.ts';
import type { Hash } from '../../primitives/hex.ts';
import type { ChainNode, RequestOptions } from '../rpc/node.ts';

/** The id of the chain that the node serves. */
export async function getChainId(node: ChainNode, options?: RequestOptions): Promise<number> {
  return parseQuantity(await node.request('eth_chainId', [], options), 'chainId');
}

/** The hash of block 0. Two chains may share a chain id, but never a genesis block. */
export async function getGenesisHash(node: ChainNode, options?: RequestOptions): Promise<Hash> {
  return (await headerByNumber(node, 0, options)).hash;
}

/** The node's software and version, as free text. */
export async function getClientVersion(node: ChainNode, options?: RequestOptions): Promise<string> {
  const version = await node.request('web3_clientVersion', [], options);
  if (typeof version !== 'string') throw new MalformedAnswerError('clientVersion', 'a string');
  return version;
}
