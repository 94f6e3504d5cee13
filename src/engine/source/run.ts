/** What the steps of one advance of ingest's share. */
import type { ChainNode } from '../rpc/node.ts';
import type { RangeMemory } from './range-fetcher.ts';
import type { BlockReference } from '../rpc/types.ts';
import type { Logger } from 'pino';
import type { ContractSet } from '../contract/contract-set.ts';
import type { MonotonicClock } from './progress.ts';
import type { IngestSettings } from '../settings.ts';
import type { Gathered, GatherSettings } from './gather.ts';
import type { SourceSettings } from './sources.ts';
import type { Tip } from './tip.ts';

/** Where ingest is: the ledger's last block, the next to fetch, and the contracts known so far. */
export interface Position {
  readonly cursor: BlockReference | null;
  readonly next: number;
  readonly contracts: ContractSet;
}

/** One advance with one node, pinned from its beginning to its end: nodes differ in what they have seen. */
export interface IngestRun {
  readonly chainId: number;
  readonly node: ChainNode;
  readonly settings: IngestSettings;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly clock: MonotonicClock;
  readonly ranges: RangeMemory;
  /** The same for blocks near the head, which are asked for by hash. */
  readonly headRanges: RangeMemory;
  readonly source: SourceSettings;
  readonly gathering: GatherSettings;
  /** Appends what was gathered, once the projection isn't too far behind. */
  append(position: Position, gathered: Gathered, tip: Tip): Promise<Position>;
  /** The same at the head, where the projection may be able to follow in the same transaction. */
  appendAtHead(position: Position, gathered: Gathered, tip: Tip): Promise<Position>;
}
