/** The contents of `tracechain.config.ts`; every key is optional. */
import type { CompletenessLevel } from '../engine/rpc/types.ts';
import type { ContractKind } from '../engine/contract/kind.ts';

export interface TraceChainConfig {
  database?: DatabaseConfig;
  chain?: ChainConfig;
  /** The contracts to index. Required if a node is configured; the daemon finds children of factories itself. */
  contracts?: readonly ContractConfig[];
  ingest?: IngestConfig;
  projection?: ProjectionConfig;
  maintenance?: MaintenanceConfig;
  audit?: AuditConfig;
  log?: LogConfig;
}

export interface DatabaseConfig {
  /**
   * `postgres://user:password@host:port/database?sslmode=verify-full`; the URL configures TLS. Without one, an embedded
   * PostgreSQL is used. Prefer the variable DATABASE_URL to a file. PostgreSQL 15 to 18.
   */
  url?: string;
  /** Maximum number of connections. Default 10. */
  poolSize?: number;
}

export interface ChainConfig {
  /** JSON-RPC nodes of one chain, in order of preference (`http://…`, `https://…`). Variable RPC_URL, separated by commas. */
  rpcUrls?: readonly string[];
  /** WebSockets that announce new blocks (`ws://…`, `wss://…`); polling continues as a fallback. Variable WS_URL, separated by commas. */
  webSocketUrls?: readonly string[];
  /** Refuse any other chain. By default, the chain id of the node at the first start is recorded and required from then on. */
  chainId?: number;
  /** When a block counts as final: by the chain's own `finalized` tag (the default), or this many blocks behind the head. */
  finality?: 'finalized' | { readonly depth: number };
  /**
   * How far the daemon proves that it has all logs of each block. `receipts`: by the receipts' root in each header; `bloom` (the
   * default): by the headers' blooms; `hash`: the headers form one chain; `logs`: no proof.
   */
  completeness?: CompletenessLevel;
  /** Interval of polling the head, in milliseconds. Default 2000. */
  pollIntervalMs?: number;
  /** Timeout of one request to a node, in milliseconds. Default 20000. */
  requestTimeoutMs?: number;
  /** The Multicall3 contract that bundles reads; `false` sends each call separately. Default: its canonical address. */
  multicall3?: `0x${string}` | false;
}

export interface ContractConfig {
  /** The contract's name. */
  kind: ContractKind;
  /** In any case; if upper and lower case are mixed, the EIP-55 checksum must match. */
  address: `0x${string}`;
  /** The block that created the contract: earlier logs are not indexed. */
  startBlock: number;
  /** For certificate, payment and compliance contracts: the product registry that their product ids mean. */
  registry?: `0x${string}`;
  /** For an NFTFactory: the product registry that its children's product ids mean. */
  childRegistry?: `0x${string}`;
}

export interface IngestConfig {
  /** Maximum number of blocks in one range request; smaller ranges adapt to the node's answers. Default 10000. */
  maximumRangeBlocks?: number;
  /** Number of concurrent range requests. Default 4. */
  concurrentRanges?: number;
  /** Ingest waits while the projection is more blocks behind than this. Default 100000. */
  maximumAheadBlocks?: number;
  /** Ingest waits while the projection is more logs behind than this. Default 20000. */
  maximumAheadLogs?: number;
  /** A longer answer of a contract read is recorded as oversized, and its fields are null. Default 1048576. */
  maximumReadBytes?: number;
}

export interface ProjectionConfig {
  /** Logs in one batch; a batch consists of whole blocks, so a large block may exceed it. Default 5000. */
  batchLogs?: number;
  /** Blocks in one batch. Default 10000. */
  batchBlocks?: number;
}

/** The times of maintenance: five cron fields (minute, hour, day, month, weekday) in UTC, or false for never. */
export interface MaintenanceConfig {
  /** Creates future partitions, detaches those past their retention. Default `30 0 * * *`. */
  partitions?: string | false;
  /** Deletes rows past their retention. Default `0 1 * * *`. */
  cleanup?: string | false;
  /** Updates product_analytics and user_analytics. Default `30 1 * * *`. */
  analytics?: string | false;
  /** Refreshes the materialized views. Default `0 2 * * *`. */
  refresh?: string | false;
  /** Updates the planner's statistics. Default `30 2 * * *`. */
  analyze?: string | false;
  /** Vacuums tables with too many dead rows. Default `0 3 * * 0`. */
  vacuum?: string | false;
  /** Rebuilds bloated indexes. Default `0 4 * * 0`. */
  reindex?: string | false;
  /** Checks the database's health. Default `0 6 * * 1`. */
  health?: string | false;
  /** Verifies the restored backup, if `restoredUrl` names one. Default `0 5 * * 0`. */
  backup?: string | false;
  /** The database into which your own routine restores the latest backup. Default: none, and no backup is verified. */
  restoredUrl?: string;
  /** The maximum age of a backup, in hours. Default 48. */
  backupMaximumAgeHours?: number;
  /** A table with more dead rows than this, in percent of its rows, is vacuumed. Default 20. */
  deadRowsPercent?: number;
  /** An index of which more than this, in percent, is empty is rebuilt. Default 60. */
  indexBloatPercent?: number;
  /** The maximum size of the database, in GB of 10^9 bytes; the health check warns before it is reached. Default: no limit. */
  maximumDatabaseGb?: number;
  /** Days for which the audit trail keeps the application's changes. Default: for ever. */
  auditRetentionDays?: number;
  /** Number of blocks behind the head for which the journal is kept, but at least what an undo may need. Default: for ever. */
  journalRetentionBlocks?: number;
}

/** The times of audits (five cron fields in UTC, or false for never), and whether they repair findings. */
export interface AuditConfig {
  /** Incremental audit: what was touched since the last clean audit, and a share of the rest. Default `20 * * * *`. */
  schedule?: string | false;
  /** Full audit. Default `30 5 * * 6`. */
  fullSchedule?: string | false;
  /** What audits repair automatically: values that contracts changed without an event, or nothing. Default `none`. */
  repair?: 'none' | 'event-less';
}

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogConfig {
  /** Default `info`. */
  level?: LogLevel;
  /** Readable lines instead of JSON. Default: only on a terminal. */
  pretty?: boolean;
}
