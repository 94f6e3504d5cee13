/**
 * A batch: a run of consecutive blocks with their logs and reads. Backfill, head and replay all fold this one value;
 * only where it comes from and how long it is differ.
 */
import type { Observation } from './observations.ts';
import type { RequestKey } from '../chain/request-key.ts';
import type { BlockReference, RawLog, ReadRequest, ReadResult } from '../chain/types.ts';
import type { Hash } from '../primitives/hex.ts';

export { requestKey, type RequestKey } from '../chain/request-key.ts';

export interface BatchBlock extends BlockReference {
  readonly parentHash: Hash;
  /** Unix seconds. */
  readonly timestamp: bigint;
  /** In log order. */
  readonly logs: readonly RawLog[];
  /** What contracts were seen to say without an event, after the logs. */
  readonly observations?: readonly Observation[];
}

/** A read with what it gave, at one block. */
export interface KeptRead {
  readonly block: BlockReference;
  readonly request: ReadRequest;
  readonly result: ReadResult;
}

export interface Batch {
  readonly chainId: number;
  /** The first and last block covered; blocks without logs may be left out of `blocks`. */
  readonly from: number;
  readonly to: BlockReference;
  readonly blocks: readonly BatchBlock[];
  /** By block hash, then by `requestKey`. */
  readonly reads: ReadonlyMap<Hash, ReadonlyMap<RequestKey, ReadResult>>;
}
