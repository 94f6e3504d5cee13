/** The receipts of a block: in one request if the node supports it, otherwise one request per transaction. */
import { InconsistentAnswerError, NodeError } from '../rpc/errors.ts';
import { resultOf } from '../rpc/node.ts';
import { parseArray, parseHash, parseObject, parseReceipt } from '../rpc/parse.ts';
import type { Hash } from '../../primitives/hex.ts';
import type { NodeErrorKind } from '../rpc/errors.ts';
import type { ChainNode, RequestOptions } from '../rpc/node.ts';
import type { BlockReference, TransactionReceipt } from '../rpc/types.ts';

const wholeBlock = 'eth_getBlockReceipts';

/** Returns all receipts of the block in transaction order. Throws an `unknown-block` NodeError if the node does not have the block. */
export async function getBlockReceipts(
  node: ChainNode,
  block: BlockReference,
  options?: RequestOptions,
): Promise<TransactionReceipt[]> {
  const answers = await receiptsOf(node, block, options);
  const receipts = answers.map((answer, index) => {
    const receipt = parseReceipt(answer);
    const blockHash = parseHash(parseObject(answer, 'receipt')['blockHash'], 'receipt.blockHash');
    if (blockHash !== block.hash || receipt.transactionIndex !== index) {
      throw new InconsistentAnswerError('The node answered with receipts that do not belong to the block', {
        blockNumber: block.number,
        blockHash: block.hash,
        transactionHash: receipt.transactionHash,
      });
    }
    return receipt;
  });
  return receipts;
}

/**
 * Returns the receipts of single transactions in the requested order. Each must be in the block that the caller names. Throws an
 * `unknown-block` NodeError if one is missing.
 */
export async function getTransactionReceipts(
  node: ChainNode,
  transactions: readonly { readonly block: BlockReference; readonly transactionHash: Hash }[],
  options?: RequestOptions,
): Promise<TransactionReceipt[]> {
  const method = 'eth_getTransactionReceipt';
  const requests = transactions.map(({ transactionHash }) => ({ method, params: [transactionHash] }));
  const answers = await node.requestBatch(requests, options);
  return transactions.map(({ block, transactionHash }, index) => {
    const answer = resultOf(answers[index]);
    if (answer === null) throw unknownBlock(block, method);
    const receipt = parseReceipt(answer);
    const blockHash = parseHash(parseObject(answer, 'receipt')['blockHash'], 'receipt.blockHash');
    if (blockHash === block.hash && receipt.transactionHash === transactionHash) return receipt;
    throw new InconsistentAnswerError('The node answered with the receipt of another transaction or block', {
      blockNumber: block.number,
      blockHash: block.hash,
      transactionHash,
    });
  });
}

async function receiptsOf(
  node: ChainNode,
  block: BlockReference,
  options?: RequestOptions,
): Promise<readonly unknown[]> {
  if (node.lacks(wholeBlock)) return receiptsOneByOne(node, block, options);
  try {
    const answer = await node.request(wholeBlock, [block.hash], options);
    if (answer === null) throw unknownBlock(block, wholeBlock);
    return parseArray(answer, 'receipts');
  } catch (error) {
    // Some providers exclude this method from a plan and refuse it with messages of their own.
    if (!(error instanceof NodeError) || !refusalsOfWholeBlock.has(error.kind)) throw error;
    return receiptsOneByOne(node, block, options);
  }
}

/** After these errors the receipts are requested one by one. If the cause is not this method, those requests fail as well. */
const refusalsOfWholeBlock: ReadonlySet<NodeErrorKind> = new Set([
  'method-unsupported',
  'access-refused',
  'request-refused',
  'answer-too-big',
  'unknown-error',
]);

async function receiptsOneByOne(
  node: ChainNode,
  block: BlockReference,
  options?: RequestOptions,
): Promise<readonly unknown[]> {
  const answer = await node.request('eth_getBlockByHash', [block.hash, false], options);
  if (answer === null) throw unknownBlock(block, 'eth_getBlockByHash');
  const hashes = parseArray(parseObject(answer, 'block')['transactions'], 'block.transactions');
  const method = 'eth_getTransactionReceipt';
  const requests = hashes.map((hash) => ({ method, params: [parseHash(hash, 'block.transactions')] }));
  const answers = await node.requestBatch(requests, options);
  return answers.map((receipt) => {
    const result = resultOf(receipt);
    if (result === null) throw unknownBlock(block, method);
    return result;
  });
}

function unknownBlock(block: BlockReference, method: string): NodeError {
  const place = { blockNumber: block.number, blockHash: block.hash };
  return new NodeError(`The node doesn’t have the receipts of block ${block.number}`, {
    kind: 'unknown-block',
    method,
    place,
  });
}
