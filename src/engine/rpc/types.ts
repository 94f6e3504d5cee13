/** What a node says, parsed: the values that the rest of the program sees. No contract's meaning is in them. */
import type { Address, Hash, Hex } from '../../primitives/hex.ts';

export interface BlockReference {
  readonly number: number;
  readonly hash: Hash;
}

/** A block's header, as far as completeness and the ledger need it. */
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
  /** The log's position in its block. */
  readonly logIndex: number;
  readonly address: Address;
  readonly topics: readonly Hash[];
  readonly data: Hex;
}

/** A transaction, as far as a read needs it. */
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
  /** Wei per gas; null where the node doesn't say (chains from before EIP-1559). */
  readonly effectiveGasPrice: bigint | null;
  /** Null before Byzantium, when receipts had a state root instead. */
  readonly status: 'success' | 'reverted' | null;
  readonly logs: readonly RawLog[];
  /** The transaction's type (EIP-2718); 0 for one from before there were types. */
  readonly type: number;
  /** Gas of the block up to and with this transaction. */
  readonly cumulativeGasUsed: bigint;
  /** What an OP stack's deposit has beside: committed to by the receipts' root from Canyon on; null elsewhere. */
  readonly deposit: { readonly nonce: bigint; readonly version: bigint } | null;
}

/** What a read plan may ask for, at a block. */
export type ReadRequest =
  | { readonly kind: 'call'; readonly target: Address; readonly calldata: Hex }
  | { readonly kind: 'transaction'; readonly transactionHash: Hash };

/**
 * What the chain answered to a read.
 *
 * `data` of a call is its return data (`0x` for an address without code); of a transaction it is
 * from (20 bytes) ‖ to (20 bytes, the zero address for a creation) ‖ input.
 */
export type ReadResult =
  | { readonly status: 'ok'; readonly data: Hex }
  | { readonly status: 'reverted'; readonly data: Hex }
  /** Over the size cap: the answer is kept as that. */
  | { readonly status: 'oversized'; readonly bytes: number }
  /** The node no longer has that state (pruned). */
  | { readonly status: 'unavailable' };

/**
 * How far a block's logs are proven to be all of them: the node's word; every header, forming one chain; the header's bloom
 * excludes what is missing; the receipts' trie root equals the header's.
 */
export type CompletenessLevel = 'logs' | 'hash' | 'bloom' | 'receipts';
