/** What the daemon is told, as plain values: the configuration's validated outcome, with nothing left to guess. */
import type { Finality } from './chain/headers.ts';
import type { CompletenessLevel } from './rpc/types.ts';
import type { ContractKind } from './contract/kind.ts';
import type { Address } from '../primitives/hex.ts';

export interface ConfiguredContract {
  readonly kind: ContractKind;
  readonly address: Address;
  readonly startBlock: number;
  /** The registry that a certificate or payment contract's `productId` means. */
  readonly registry?: Address;
  /** For factories whose children need one: the registry of every child's product ids. */
  readonly childRegistry?: Address;
}

export interface ChainSettings {
  /** In order of preference; credentials in them are never logged. */
  readonly rpcUrls: readonly string[];
  readonly webSocketUrls: readonly string[];
  /** Refuse any other chain; null takes the node's word on the first start, which the database then keeps. */
  readonly expectedChainId: number | null;
  readonly finality: Finality;
  readonly completeness: CompletenessLevel;
  readonly pollIntervalMs: number;
  readonly requestTimeoutMs: number;
  /** Null asks call by call. */
  readonly multicall3: Address | null;
}

export interface IngestSettings {
  /** Blocks in one range request at the most; ranges adapt below it. */
  readonly maximumRangeBlocks: number;
  /** Ranges in flight at once. */
  readonly concurrentRanges: number;
  /** Ingest waits while the projection is further behind than this. */
  readonly maximumAheadBlocks: number;
  readonly maximumAheadLogs: number;
  /** A longer answer of a contract read is kept as `oversized`. */
  readonly maximumReadBytes: number;
}

export interface ProjectionSettings {
  /** Logs in one batch; a batch always holds whole blocks, so one block may pass it. */
  readonly batchLogs: number;
  readonly batchBlocks: number;
}

export interface DatabaseSettings {
  readonly url: string;
  readonly poolSize: number;
}

export interface DaemonSettings {
  readonly database: DatabaseSettings;
  readonly chain: ChainSettings;
  readonly contracts: readonly ConfiguredContract[];
  readonly ingest: IngestSettings;
  readonly projection: ProjectionSettings;
}
