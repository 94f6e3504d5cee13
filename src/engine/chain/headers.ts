/** Block headers, by number in batches, by hash or by tag. */
import {
  InconsistentAnswerError,
  NodeError,
  type NodeErrorKind,
  MalformedAnswerError,
} from '../rpc/errors.ts';
import {
  resultOf,
  type ChainNode,
  type RequestOptions,
  type RpcAnswer,
  type RpcRequest,
} from '../rpc/node.ts';
import { parseHeader, parseQuantity } from '../rpc/parse.ts';
import type { BlockRange } from '../../primitives/interval.ts';
import type { BlockHeader } from '../rpc/types.ts';
import type { Hash } from '../../primitives/hex.ts';

export type BlockTag = 'latest' | 'safe' | 'finalized' | 'earliest';

/** The finality rule: the chain's own tag, or a number of blocks behind the head. */
export type Finality = { readonly kind: 'tag' } | { readonly kind: 'depth'; readonly blocks: number };

/**
 * Returns the headers of these blocks in the requested order. Throws a NodeError of the kind `unknown-block` if the node does not have one
 * of them. The headers may belong to different branches, because a reorg can occur between two responses; `verifyHeadersChain` checks that.
 */
export async function getHeaders(
  node: ChainNode,
  blocks: BlockRange | readonly number[],
  options?: RequestOptions,
): Promise<BlockHeader[]> {
  const numbers = 'from' in blocks ? numbersOf(blocks) : blocks;
  const answers = await node.requestBatch(numbers.map(byNumber), options);
  return numbers.map((number, index) => checkedHeader(node, resultOf(answers[index]), number));
}

/** Returns the node's canonical header at that height. Throws an `unknown-block` NodeError if the node has none. */
export async function headerByNumber(
  node: ChainNode,
  number: number,
  options?: RequestOptions,
): Promise<BlockHeader> {
  const { method, params } = byNumber(number);
  return checkedHeader(node, await node.request(method, params, options), number);
}

/** The header that the tag currently names, or null if the node names none: no block is final yet, or the chain does not have the tag. */
async function headerByTag(
  node: ChainNode,
  tag: BlockTag,
  options?: RequestOptions,
): Promise<BlockHeader | null> {
  const { method, params } = byTag(tag);
  const answer = await node.request(method, params, options);
  return answer === null ? null : parseHeader(answer);
}

/**
 * Errors by which nodes report that a tag names no block: geth by its message, Besu and Erigon by -39001, others because they do not know
 * the tag. Other nodes return null.
 */
const kindsOfNoBlock: ReadonlySet<NodeErrorKind> = new Set(['unknown-block', 'request-refused']);

/** The header in the response to the tag `finalized`, or null if the node names none. */
function finalOf(answer: RpcAnswer | undefined): BlockHeader | null {
  if (answer !== undefined && !answer.ok && kindsOfNoBlock.has(answer.error.kind)) return null;
  const final = resultOf(answer);
  return final === null ? null : parseHeader(final);
}

/** The newest header. */
export async function headHeader(node: ChainNode, options?: RequestOptions): Promise<BlockHeader> {
  const header = await headerByTag(node, 'latest', options);
  if (header === null) throw unknownBlock(node, 'latest', undefined);
  return header;
}

/** The newest final block relative to a head, or null if there is none. */
export async function finalizedHeader(
  node: ChainNode,
  head: number,
  finality: Finality,
  options?: RequestOptions,
): Promise<BlockHeader | null> {
  if (finality.kind === 'tag') {
    const [answer] = await node.requestBatch([byTag('finalized')], options);
    return finalOf(answer);
  }
  const number = head - finality.blocks;
  return number < 0 ? null : headerByNumber(node, number, options);
}

/**
 * The newest header and the newest final one, or null for the latter if there is none. Sends a single request if the chain has a finality
 * tag.
 */
export async function headAndFinal(
  node: ChainNode,
  finality: Finality,
  options?: RequestOptions,
): Promise<{ readonly head: BlockHeader; readonly final: BlockHeader | null }> {
  if (finality.kind === 'depth') {
    const head = await headHeader(node, options);
    return { head, final: await finalizedHeader(node, head.number, finality, options) };
  }
  const [latest, finalized] = await node.requestBatch([byTag('latest'), byTag('finalized')], options);
  const head = resultOf(latest);
  if (head === null) throw unknownBlock(node, 'latest', undefined);
  return { head: parseHeader(head), final: finalOf(finalized) };
}

function byTag(tag: BlockTag): RpcRequest {
  return { method: 'eth_getBlockByNumber', params: [tag, false] };
}

function byNumber(number: number): RpcRequest {
  return { method: 'eth_getBlockByNumber', params: [`0x${number.toString(16)}`, false] };
}

function checkedHeader(node: ChainNode, answer: unknown, number: number): BlockHeader {
  if (answer === null) throw unknownBlock(node, String(number), number);
  const header = parseHeader(answer);
  if (header.number !== number) {
    throw new InconsistentAnswerError(`The node answered with block ${header.number}`, {
      blockNumber: number,
    });
  }
  return header;
}

function unknownBlock(node: ChainNode, which: string, blockNumber: number | undefined): NodeError {
  return new NodeError(`The node ${node.name} doesn’t have block ${which}`, {
    kind: 'unknown-block',
    method: 'eth_getBlockByNumber',
    place: blockNumber === undefined ? {} : { blockNumber },
  });
}

function numbersOf(range: BlockRange): number[] {
  return Array.from({ length: range.to - range.from + 1 }, (_, index) => range.from + index);
}

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
