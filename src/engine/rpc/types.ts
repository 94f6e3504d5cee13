/** Parsed node responses: the values that the rest of the program uses. They carry no contract-specific meaning. */
import type { Address, Hash, Hex } from '../../primitives/hex.ts';
import { hash } from 'node:crypto';

export interface BlockReference {
  readonly number: number;
  readonly hash: Hash;
}

/** The members of a block header that completeness checks and the ledger need. */
export interface BlockHeader extends BlockReference {
  readonly parentHash: Hash;
  /** Seconds since 1970. */
  readonly timestamp: bigint;
  /** 256 bytes: the union of the blooms of the block's receipts. */
  readonly logsBloom: Hex;
  readonly receiptsRoot: Hash;
  readonly stateRoot: Hash;
}

export interface RawLog {
  readonly blockNumber: number;
  readonly blockHash: Hash;
  readonly transactionHash: Hash;
  readonly transactionIndex: number;
  /** The log's index in its block. */
  readonly logIndex: number;
  readonly address: Address;
  readonly topics: readonly Hash[];
  readonly data: Hex;
}

/** The members of a transaction that recorded reads need. */
export interface ChainTransaction {
  readonly hash: Hash;
  readonly from: Address;
  /** Null for a contract creation. */
  readonly to: Address | null;
  readonly input: Hex;
}

export interface TransactionReceipt {
  readonly transactionHash: Hash;
  readonly transactionIndex: number;
  readonly gasUsed: bigint;
  /** Wei per gas, or null if the node does not send it (chains before EIP-1559). */
  readonly effectiveGasPrice: bigint | null;
  /** Null before Byzantium, when receipts had a state root instead. */
  readonly status: 'success' | 'reverted' | null;
  readonly logs: readonly RawLog[];
  /** The transaction's type (EIP-2718). Legacy transactions have 0. */
  readonly type: number;
  /** Gas used in the block up to and including this transaction. */
  readonly cumulativeGasUsed: bigint;
  /** Extra members of an OP stack deposit, which the receipts root commits to since Canyon. Null for all other transactions. */
  readonly deposit: { readonly nonce: bigint; readonly version: bigint } | null;
}

/** A read that a read plan may request, at a block. */
export type ReadRequest =
  | { readonly kind: 'call'; readonly target: Address; readonly calldata: Hex }
  | { readonly kind: 'transaction'; readonly transactionHash: Hash };

/**
 * The chain's answer to a read.
 *
 * `data` of a call is its return data (`0x` for an address without code). `data` of a transaction is from (20 bytes) ‖ to (20 bytes, the
 * zero address for a creation) ‖ input.
 */
export type ReadResult =
  | { readonly status: 'ok'; readonly data: Hex }
  | { readonly status: 'reverted'; readonly data: Hex }
  /** The answer exceeds the size limit. Only its size is recorded. */
  | { readonly status: 'oversized'; readonly bytes: number }
  /** The node has pruned that state. */
  | { readonly status: 'unavailable' };

/**
 * The proof that a block's logs are complete: `logs` trusts the node; `hash` checks that the headers form a chain; `bloom` also checks that
 * the header's bloom excludes missing logs; `receipts` checks the receipts trie root against the header.
 */
export type CompletenessLevel = 'logs' | 'hash' | 'bloom' | 'receipts';

declare const requestKeyBrand: unique symbol;
/** SHA-256 of the request's canonical form, in hex without a prefix. */
export type RequestKey = string & { readonly [requestKeyBrand]: true };

/** The key of a read request. Equal requests have equal keys. */
export function requestKey(request: ReadRequest): RequestKey {
  const canonical =
    request.kind === 'call'
      ? `call\n${request.target}\n${request.calldata}`
      : `transaction\n${request.transactionHash}`;
  return hash('sha256', canonical, 'hex') as RequestKey;
}
