/** The chain as a stream of values: blocks that follow, a reorganization with its replacement, or a tip that brings nothing new. */
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

/** Where the ledger is: its last block, and the contracts that are known there. */
export interface Position {
  readonly cursor: BlockReference | null;
  readonly contracts: ContractSet;
}

/** What a node's chain has beyond a position. To be committed in the order of the stream, each before the next one is taken. */
export type ChainUpdate =
  /** Consecutive blocks, proven complete, with their reads. All of them are final or none is. */
  | { readonly kind: 'blocks'; readonly tip: Tip; readonly batch: FetchedBatch }
  /** The blocks after `fork` are orphaned; `batch`, fetched and verified already, replaces them. */
  | { readonly kind: 'reorg'; readonly tip: Tip; readonly fork: BlockReference; readonly batch: FetchedBatch }
  /** The chain has no block that the ledger lacks. */
  | { readonly kind: 'tip'; readonly tip: Tip };

/** The number of the block after a position: the first that counts for any contract if the ledger is empty. */
export function nextBlock({ cursor, contracts }: Position): number {
  return cursor === null ? contracts.firstBlock() : cursor.number + 1;
}

/** The last block of a batch, which every batch has. */
export function lastBlock({ blocks }: Pick<FetchedBatch, 'blocks'>): BlockReference {
  const { number, hash } = required(blocks.at(-1), 'the last block of a range').header;
  return { number, hash };
}

/** The position once the batch is committed. */
export function positionAfter(batch: FetchedBatch): Position {
  return { cursor: lastBlock(batch), contracts: batch.contracts };
}

/** How many logs the batch has. */
export function countLogs({ blocks }: Pick<FetchedBatch, 'blocks'>): number {
  return blocks.reduce((sum, { logs }) => sum + logs.length, 0);
}

/** One advance with one node, from its beginning to its end: nodes differ in what they have seen. */
export interface Advance {
  readonly chainId: number;
  readonly node: ChainNode;
  readonly tip: Tip;
  readonly ledger: LedgerView;
  readonly fetching: FetchSettings;
  /** As `fetching.ranges`, for blocks near the head, which are asked for by hash. */
  readonly headRanges: RangeMemory;
  readonly settings: IngestSettings;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly clock: MonotonicClock;
}

/** The node has another block of a height that the ledger has. */
export interface Reorg {
  readonly ours: BlockReference;
  readonly theirs: BlockReference;
}

/** How far a part of an advance came, and the reorganization that ended it there. */
export interface Reached {
  readonly position: Position;
  readonly reorg: Reorg | null;
}
