/** Transactions by hash. */
import { resultOf } from '../rpc/node.ts';
import { parseTransaction } from '../rpc/parse.ts';
import type { Hash } from '../../primitives/hex.ts';
import type { ChainNode, RequestOptions } from '../rpc/node.ts';
import type { ChainTransaction } from '../rpc/types.ts';

export interface LocatedTransaction extends ChainTransaction {
  /** The block that contains it, or null while it is pending. */
  readonly blockHash: Hash | null;
}

/** Returns the transactions in the requested order, and null for each that the node does not know. */
export async function getTransactions(
  node: ChainNode,
  hashes: readonly Hash[],
  options?: RequestOptions,
): Promise<(LocatedTransaction | null)[]> {
  const requests = hashes.map((hash) => ({ method: 'eth_getTransactionByHash', params: [hash] }));
  const answers = await node.requestBatch(requests, options);
  return answers.map((answer) => {
    const result = resultOf(answer);
    return result === null ? null : parseTransaction(result);
  });
}
