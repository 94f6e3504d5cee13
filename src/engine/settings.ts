/** What the daemon is told, as plain values: the configuration's validated outcome, with nothing left to guess. */
import type { Finality } from './chain/headers.ts';
import type { CompletenessLevel } from './rpc/types.ts';
import type { ContractKind } from './contract/kind.ts';
import { type Address, toAddress } from '../primitives/hex.ts';

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

/** The same address on every chain that has Multicall3: https://github.com/mds1/multicall3 */
const multicall3 = '0xcA11bde05977b3631167028862bE2a173976CA11';

/**
 * The settings of a daemon of which only the database, the nodes and the contracts are known: the defaults of TraceChain's configuration,
 * with finality as the chain's `finalized` tag states it.
 */
export function defaultSettings(
  databaseUrl: string,
  rpcUrls: readonly string[],
  contracts: readonly ConfiguredContract[],
): DaemonSettings {
  return {
    database: { url: databaseUrl, poolSize: 10 },
    chain: {
      rpcUrls,
      webSocketUrls: [],
      expectedChainId: null,
      finality: { kind: 'tag' },
      completeness: 'bloom',
      pollIntervalMs: 2000,
      requestTimeoutMs: 20_000,
      multicall3: toAddress(multicall3),
    },
    contracts,
    ingest: {
      maximumRangeBlocks: 10_000,
      concurrentRanges: 4,
      maximumAheadBlocks: 100_000,
      maximumAheadLogs: 20_000,
      maximumReadBytes: 1_048_576,
    },
    projection: { batchLogs: 5_000, batchBlocks: 10_000 },
  };
}
