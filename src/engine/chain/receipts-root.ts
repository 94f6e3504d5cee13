/**
 * Recomputes the root of a block's receipts trie. It is the only proof that a block's logs are exactly those that its header commits to.
 * The completeness level `receipts` and proofs on demand both use `provenReceipts`.
 *
 * The trie maps rlp(index) to the receipt's consensus encoding (Yellow Paper, 4.3.1 and 4.3.2; EIP-2718 for typed transactions). The
 * encoding contains neither the transaction's hash nor a log's index in the block. The log indexes follow from the order of the receipts
 * and are checked against it.
 */
import { createMPT } from '@ethereumjs/mpt';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { concat, numberToHex, toRlp } from 'viem';
import { bytesToHex, hexToBytes, toHash } from '../../primitives/hex.ts';
import type { Hash, Hex } from '../../primitives/hex.ts';
import { addToBloom, bloomBitsOf, emptyBloom } from './bloom.ts';
import { ReceiptsRootError } from '../rpc/errors.ts';
import type { ChainNode, RequestOptions } from '../rpc/node.ts';
import { getBlockReceipts } from './receipts.ts';
import type { BlockHeader, TransactionReceipt } from '../rpc/types.ts';

/** The root of an empty trie, keccak-256 of rlp(''): the block has no receipts. */
export const emptyReceiptsRoot = toHash('0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421');

/**
 * Returns all receipts of the block in transaction order, verified against the header's `receiptsRoot`. Sends no request if the root is the
 * empty one. Throws a ReceiptsRootError if the root differs, and the errors of `getBlockReceipts`.
 */
export async function provenReceipts(
  node: ChainNode,
  header: BlockHeader,
  options?: RequestOptions,
): Promise<readonly TransactionReceipt[]> {
  if (header.receiptsRoot === emptyReceiptsRoot) return [];
  const receipts = await getBlockReceipts(node, header, options);
  await verifyReceiptsRoot(header, receipts);
  return receipts;
}

/** Throws a ReceiptsRootError unless these receipts, in this order, are exactly those that the header commits to. */
export async function verifyReceiptsRoot(
  header: BlockHeader,
  receipts: readonly TransactionReceipt[],
): Promise<void> {
  const root = await receiptsRootOf(receipts);
  if (root !== header.receiptsRoot) {
    throw new ReceiptsRootError(
      `The ${receipts.length} receipts of block ${header.number} make the root ${root}, but its header has ${header.receiptsRoot}`,
      { blockNumber: header.number, blockHash: header.hash },
    );
  }
  const logs = receipts.flatMap((receipt) => receipt.logs);
  const wrong = logs.findIndex(({ logIndex }, position) => logIndex !== position);
  if (wrong !== -1) {
    throw new ReceiptsRootError(
      `The log at position ${wrong} of block ${header.number} has the index ${logs[wrong]?.logIndex} in its receipt`,
      { blockNumber: header.number, blockHash: header.hash },
    );
  }
}

/** The root of these receipts, in transaction order. Receipts from before Byzantium have another encoding and are not supported. */
export async function receiptsRootOf(receipts: readonly TransactionReceipt[]): Promise<Hash> {
  const trie = await createMPT({ useKeyHashingFunction: keccak_256 });
  for (const [index, receipt] of receipts.entries()) {
    await trie.put(hexToBytes(toRlp(quantity(index))), hexToBytes(encodeReceipt(receipt)));
  }
  return toHash(bytesToHex(trie.root()));
}

/** type ‖ rlp([status, cumulative gas, bloom, logs]). Legacy transactions have no type byte. */
function encodeReceipt({ type, status, cumulativeGasUsed, logs, deposit }: TransactionReceipt): Hex {
  const fields = [
    quantity(status === 'success' ? 1 : 0),
    quantity(cumulativeGasUsed),
    bloomOfLogs(logs),
    logs.map(({ address, topics, data }) => [address, [...topics], data]),
    ...(deposit === null ? [] : [quantity(deposit.nonce), quantity(deposit.version)]),
  ];
  const encoded = toRlp(fields);
  return type === 0 ? encoded : concat([numberToHex(type, { size: 1 }), encoded]);
}

/** RLP encodes numbers as big-endian without leading zeros, so zero becomes the empty string. */
function quantity(value: number | bigint): Hex {
  if (BigInt(value) === 0n) return '0x';
  const digits = value.toString(16);
  return digits.length % 2 === 0 ? `0x${digits}` : `0x0${digits}`;
}

function bloomOfLogs(logs: TransactionReceipt['logs']): Hex {
  const bloom = emptyBloom();
  for (const { address, topics } of logs) {
    for (const value of [address, ...topics]) addToBloom(bloom, bloomBitsOf(value));
  }
  return bytesToHex(bloom);
}
