/**
 * The chain as a stream of values: following blocks, a reorg with its replacement, or a tip without new
 * blocks.
 */
import { required } from '../../primitives/errors.ts';
import type { MonotonicClock } from '../../primitives/time.ts';
import type { ContractSet } from '../contract/contract-set.ts';
import type { LedgerView } from '../ledger/ledger-view.ts';
import type { ChainNode } from '../rpc/node.ts';
import type { BlockHeader, BlockReference } from '../rpc/types.ts';
import type { IngestSettings } from '../settings.ts';
import type { Logger } from 'pino';
import type { FetchedBatch } from './gather.ts';
import type { RangeMemory } from './range-fetcher.ts';
import type { FetchSettings } from './sources.ts';

/** A chain's head and its last final block, as one node sees them. */
export interface Tip {
  readonly head: BlockHeader;
  /** Never past the head; null while nothing is final. */
  readonly final: BlockHeader | null;
}

/** The state of the ledger: its last block, and the contracts that are known at that block. */
export interface Position {
  readonly cursor: BlockReference | null;
  readonly contracts: ContractSet;
}

/**
 * What a node's chain has beyond a position. The consumer commits the updates in stream order, each before it
 * takes the next one.
 */
export type ChainUpdate =
  /** Consecutive blocks, proven complete, with their reads. Either all of them are final or none is. */
  | { readonly kind: 'blocks'; readonly tip: Tip; readonly batch: FetchedBatch }
  /** The blocks after `fork` are orphaned; `batch`, already fetched and verified, replaces them. */
  | { readonly kind: 'reorg'; readonly tip: Tip; readonly fork: BlockReference; readonly batch: FetchedBatch }
  /** The chain has no block that the ledger lacks. */
  | { readonly kind: 'tip'; readonly tip: Tip };

/**
 * Returns the number of the block after a position. If the ledger is empty, this is the lowest start block of
 * all contracts.
 */
export function nextBlock({ cursor, contracts }: Position): number {
  return cursor === null ? contracts.firstBlock() : cursor.number + 1;
}

/** Returns the last block of a batch. Every batch has one. */
export function lastBlock({ blocks }: Pick<FetchedBatch, 'blocks'>): BlockReference {
  const { number, hash } = required(blocks.at(-1), 'the last block of a range').header;
  return { number, hash };
}

/** Returns the position after the batch is committed. */
export function positionAfter(batch: FetchedBatch): Position {
  return { cursor: lastBlock(batch), contracts: batch.contracts };
}

/** Returns the number of logs in the batch. */
export function countLogs({ blocks }: Pick<FetchedBatch, 'blocks'>): number {
  return blocks.reduce((sum, { logs }) => sum + logs.length, 0);
}

/** One advance, with a single node throughout, because nodes differ in the blocks that they have seen. */
export interface Advance {
  readonly chainId: number;
  readonly node: ChainNode;
  readonly tip: Tip;
  readonly ledger: LedgerView;
  readonly fetching: FetchSettings;
  /** As `fetching.ranges`, for blocks near the head, which are requested by hash. */
  readonly headRanges: RangeMemory;
  readonly settings: IngestSettings;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly clock: MonotonicClock;
}

/** The node has a different block at a height that the ledger has. */
export interface Reorg {
  readonly ours: BlockReference;
  readonly theirs: BlockReference;
}

/** The position that a part of an advance reached, and the reorg that ended it there, if any. */
export interface Reached {
  readonly position: Position;
  readonly reorg: Reorg | null;
}
