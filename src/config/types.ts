/** What a person writes into `tracechain.config.ts`; every key may be left out. */
import type { CompletenessLevel } from '../engine/rpc/types.ts';
import type { ContractKind } from '../engine/contract/kind.ts';

export interface TraceChainConfig {
  database?: DatabaseConfig;
  chain?: ChainConfig;
  /** What is indexed. Needed as soon as a node is configured; children of factories are found by themselves. */
  contracts?: readonly ContractConfig[];
  ingest?: IngestConfig;
  projection?: ProjectionConfig;
  maintenance?: MaintenanceConfig;
  audit?: AuditConfig;
  log?: LogConfig;
}

export interface DatabaseConfig {
  /**
   * `postgres://user:password@host:port/database?sslmode=verify-full`; TLS is as the URL says. Without one, an embedded
   * PostgreSQL is run. Better given as the variable DATABASE_URL than written into a file. PostgreSQL 15 to 18.
   */
  url?: string;
  /** Connections at the most. Default 10. */
  poolSize?: number;
}

export interface ChainConfig {
  /** JSON-RPC nodes of one chain, in order of preference (`http://…`, `https://…`). Variable RPC_URL, separated by commas. */
  rpcUrls?: readonly string[];
  /** Where new blocks are announced (`ws://…`, `wss://…`); polling goes on beside it. Variable WS_URL, separated by commas. */
  webSocketUrls?: readonly string[];
  /** Refuse any other chain. By default the node's word is taken at the first start and kept from then on. */
  chainId?: number;
  /** When a block counts as final: by the chain's own `finalized` tag (the default), or this many blocks behind the head. */
  finality?: 'finalized' | { readonly depth: number };
  /**
   * How far each block's logs are proven to be all of them. `receipts`: by the receipts' root in each header; `bloom` (the
   * default): by the headers' blooms; `hash`: the headers form one chain; `logs`: the node's word.
   */
  completeness?: CompletenessLevel;
  /** How often the head is asked for, in milliseconds. Default 2000. */
  pollIntervalMs?: number;
  /** How long the node may take for one answer, in milliseconds. Default 20000. */
  requestTimeoutMs?: number;
  /** The Multicall3 contract that bundles reads; `false` asks call by call. Default: its canonical address. */
  multicall3?: `0x${string}` | false;
}

export interface ContractConfig {
  /** The contract's name. */
  kind: ContractKind;
  /** In any case; where upper and lower case are mixed, the EIP-55 checksum must hold. */
  address: `0x${string}`;
  /** The block that created the contract: what it said before this block is not indexed. */
  startBlock: number;
  /** For certificate, payment and compliance contracts: the product registry that their product ids mean. */
  registry?: `0x${string}`;
  /** For an NFTFactory: the product registry that its children's product ids mean. */
  childRegistry?: `0x${string}`;
}

export interface IngestConfig {
  /** Blocks in one range request at the most; ranges adapt below it to what the node answers. Default 10000. */
  maximumRangeBlocks?: number;
  /** Range requests in flight at once. Default 4. */
  concurrentRanges?: number;
  /** Ingest waits while the projection is more blocks behind than this. Default 100000. */
  maximumAheadBlocks?: number;
  /** Ingest waits while the projection is more logs behind than this. Default 20000. */
  maximumAheadLogs?: number;
  /** A longer answer of a contract read is kept as oversized, its fields null. Default 1048576. */
  maximumReadBytes?: number;
}

export interface ProjectionConfig {
  /** Logs in one batch; a batch holds whole blocks, so a single block may pass it. Default 5000. */
  batchLogs?: number;
  /** Blocks in one batch. Default 10000. */
  batchBlocks?: number;
}

/** When the database is tended: five cron fields (minute, hour, day, month, weekday) in UTC, or false for never. */
export interface MaintenanceConfig {
  /** Makes partitions ahead, detaches those that outlived their retention. Default `30 0 * * *`. */
  partitions?: string | false;
  /** Deletes what outlived its retention. Default `0 1 * * *`. */
  cleanup?: string | false;
  /** Brings product_analytics and user_analytics up to date. Default `30 1 * * *`. */
  analytics?: string | false;
  /** Refreshes the materialized views. Default `0 2 * * *`. */
  refresh?: string | false;
  /** Renews the planner's statistics. Default `30 2 * * *`. */
  analyze?: string | false;
  /** Vacuums tables with too many dead rows. Default `0 3 * * 0`. */
  vacuum?: string | false;
  /** Rebuilds bloated indexes. Default `0 4 * * 0`. */
  reindex?: string | false;
  /** Checks the database's health. Default `0 6 * * 1`. */
  health?: string | false;
  /** Verifies the restored backup, where `restoredUrl` names one. Default `0 5 * * 0`. */
  backup?: string | false;
  /** The database that your own routine restores the latest backup into. Default: none, and no backup is verified. */
  restoredUrl?: string;
  /** A backup that is further behind than this is found too old. Default 48. */
  backupMaximumAgeHours?: number;
  /** A table with more dead rows than this, in percent of its rows, is vacuumed. Default 20. */
  deadRowsPercent?: number;
  /** An index of which more than this, in percent, is empty is rebuilt. Default 60. */
  indexBloatPercent?: number;
  /** What the database may grow to, in GB of 10^9 bytes: the health check warns ahead. Default: no limit. */
  maximumDatabaseGb?: number;
  /** Days that the application's changes are kept in the audit trail. Default: for ever. */
  auditRetentionDays?: number;
  /** Blocks behind the head that the journal is kept for; never less than an undo may need. Default: for ever. */
  journalRetentionBlocks?: number;
}

/** When the tables are audited against the contracts (five cron fields in UTC, or false for never), and what becomes of what is found. */
export interface AuditConfig {
  /** What was touched since the last clean audit, and a share of the rest. Default `20 * * * *`. */
  schedule?: string | false;
  /** Everything. Default `30 5 * * 6`. */
  fullSchedule?: string | false;
  /** What is put right without being asked for: what contracts changed without an event, or nothing. Default `none`. */
  repair?: 'none' | 'event-less';
}

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogConfig {
  /** Default `info`. */
  level?: LogLevel;
  /** Lines for people instead of JSON. By default on a terminal only. */
  pretty?: boolean;
}
