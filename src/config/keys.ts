/**
 * Every key of the configuration in one table, with its variable, its accepted values and its default. The messages of the
 * validation, the `config` command and the documentation use it.
 */
import type { TraceChainConfig } from './types.ts';

/** `database.url`, `contracts`, …: each key that has a value of its own. */
export type ConfigurationKey = {
  [Group in keyof Required<TraceChainConfig>]: Group extends 'contracts'
    ? 'contracts'
    : `${Group}.${keyof NonNullable<TraceChainConfig[Group]> & string}`;
}[keyof Required<TraceChainConfig>];

export interface KeyDescription {
  /** The environment variable that overrides the file. */
  readonly variable: string;
  /** Parses the variable's text. Text that can't be parsed is returned unchanged, so that the validation refuses it. */
  readonly fromText: (text: string) => unknown;
  /** The accepted values, as a continuation of "must be". */
  readonly expected: string;
  /** The default, as text. */
  readonly default: string;
  /** The value is a URL that may contain a password or a provider's key. */
  readonly secret?: 'database-url' | 'node-url';
}

export const limits = {
  poolSize: { min: 2, max: 500 },
  depth: { min: 0, max: 100_000 },
  pollIntervalMs: { min: 50, max: 600_000 },
  requestTimeoutMs: { min: 100, max: 600_000 },
  maximumRangeBlocks: { min: 1, max: 1_000_000 },
  concurrentRanges: { min: 1, max: 64 },
  maximumAheadBlocks: { min: 1, max: 100_000_000 },
  maximumAheadLogs: { min: 1, max: 100_000_000 },
  maximumReadBytes: { min: 1024, max: 64 * 1024 * 1024 },
  batchLogs: { min: 1, max: 1_000_000 },
  batchBlocks: { min: 1, max: 1_000_000 },
  deadRowsPercent: { min: 1, max: 99 },
  indexBloatPercent: { min: 10, max: 99 },
  backupMaximumAgeHours: { min: 1, max: 100_000 },
  maximumDatabaseGb: { min: 1, max: 1_000_000 },
  auditRetentionDays: { min: 1, max: 100_000 },
  journalRetentionBlocks: { min: 1, max: 1_000_000_000_000 },
} as const;

export const defaults = {
  poolSize: 10,
  finality: 'finalized',
  completeness: 'bloom',
  pollIntervalMs: 2000,
  requestTimeoutMs: 20_000,
  /** The same on every chain that has it: https://github.com/mds1/multicall3 */
  multicall3: '0xcA11bde05977b3631167028862bE2a173976CA11',
  maximumRangeBlocks: 10_000,
  concurrentRanges: 4,
  maximumAheadBlocks: 100_000,
  maximumAheadLogs: 20_000,
  maximumReadBytes: 1_048_576,
  batchLogs: 5_000,
  batchBlocks: 10_000,
  /** Cron expressions, UTC: daily tasks at night, weekly tasks on Saturdays, Sundays and Mondays. */
  schedules: {
    partitions: '30 0 * * *',
    cleanup: '0 1 * * *',
    analytics: '30 1 * * *',
    refresh: '0 2 * * *',
    analyze: '30 2 * * *',
    vacuum: '0 3 * * 0',
    reindex: '0 4 * * 0',
    health: '0 6 * * 1',
    backup: '0 5 * * 0',
    audit: '20 * * * *',
    fullAudit: '30 5 * * 6',
  },
  auditRepair: 'none',
  deadRowsPercent: 20,
  indexBloatPercent: 60,
  backupMaximumAgeHours: 48,
  logLevel: 'info',
} as const;

type NumberName = keyof typeof limits & keyof typeof defaults;

export const configurationKeys: Readonly<Record<ConfigurationKey, KeyDescription>> = {
  'database.url': {
    variable: 'DATABASE_URL',
    fromText: asText,
    expected: 'a URL such as postgres://user:password@host:5432/tracechain',
    default: 'an embedded PostgreSQL',
    secret: 'database-url',
  },
  'database.poolSize': numberKey('TRACECHAIN_DATABASE_POOL_SIZE', 'poolSize'),
  'chain.rpcUrls': {
    variable: 'RPC_URL',
    fromText: asList,
    expected: 'one or more http:// or https:// URLs of nodes',
    default: 'a local devnet',
    secret: 'node-url',
  },
  'chain.webSocketUrls': {
    variable: 'WS_URL',
    fromText: asList,
    expected: 'ws:// or wss:// URLs of nodes',
    default: 'none: polling only',
    secret: 'node-url',
  },
  'chain.chainId': {
    variable: 'TRACECHAIN_CHAIN_ID',
    fromText: asNumber,
    expected: 'a whole number from 1 on',
    default: 'the node’s at the first start',
  },
  'chain.finality': {
    variable: 'TRACECHAIN_FINALITY',
    fromText: asFinality,
    expected: `'finalized' or { depth: a whole number ${range('depth')} } (as a variable: finalized, or the depth alone)`,
    default: defaults.finality,
  },
  'chain.completeness': {
    variable: 'TRACECHAIN_COMPLETENESS',
    fromText: asText,
    expected: 'one of logs, hash, bloom, receipts',
    default: defaults.completeness,
  },
  'chain.pollIntervalMs': numberKey('TRACECHAIN_POLL_INTERVAL_MS', 'pollIntervalMs'),
  'chain.requestTimeoutMs': numberKey('TRACECHAIN_REQUEST_TIMEOUT_MS', 'requestTimeoutMs'),
  'chain.multicall3': {
    variable: 'TRACECHAIN_MULTICALL3',
    fromText: (text) => (text === 'false' ? false : text),
    expected: 'an address (20 bytes of hex), or false',
    default: defaults.multicall3,
  },
  contracts: {
    variable: 'TRACECHAIN_CONTRACTS',
    fromText: asJson,
    expected:
      'a list of { kind, address, startBlock, registry?, childRegistry? } (as a variable: the list as JSON)',
    default: 'none',
  },
  'ingest.maximumRangeBlocks': numberKey('TRACECHAIN_INGEST_MAXIMUM_RANGE_BLOCKS', 'maximumRangeBlocks'),
  'ingest.concurrentRanges': numberKey('TRACECHAIN_INGEST_CONCURRENT_RANGES', 'concurrentRanges'),
  'ingest.maximumAheadBlocks': numberKey('TRACECHAIN_INGEST_MAXIMUM_AHEAD_BLOCKS', 'maximumAheadBlocks'),
  'ingest.maximumAheadLogs': numberKey('TRACECHAIN_INGEST_MAXIMUM_AHEAD_LOGS', 'maximumAheadLogs'),
  'ingest.maximumReadBytes': numberKey('TRACECHAIN_INGEST_MAXIMUM_READ_BYTES', 'maximumReadBytes'),
  'projection.batchLogs': numberKey('TRACECHAIN_PROJECTION_BATCH_LOGS', 'batchLogs'),
  'projection.batchBlocks': numberKey('TRACECHAIN_PROJECTION_BATCH_BLOCKS', 'batchBlocks'),
  'maintenance.partitions': scheduleKey('TRACECHAIN_MAINTENANCE_PARTITIONS', 'partitions'),
  'maintenance.cleanup': scheduleKey('TRACECHAIN_MAINTENANCE_CLEANUP', 'cleanup'),
  'maintenance.analytics': scheduleKey('TRACECHAIN_MAINTENANCE_ANALYTICS', 'analytics'),
  'maintenance.refresh': scheduleKey('TRACECHAIN_MAINTENANCE_REFRESH', 'refresh'),
  'maintenance.analyze': scheduleKey('TRACECHAIN_MAINTENANCE_ANALYZE', 'analyze'),
  'maintenance.vacuum': scheduleKey('TRACECHAIN_MAINTENANCE_VACUUM', 'vacuum'),
  'maintenance.reindex': scheduleKey('TRACECHAIN_MAINTENANCE_REINDEX', 'reindex'),
  'maintenance.health': scheduleKey('TRACECHAIN_MAINTENANCE_HEALTH', 'health'),
  'maintenance.backup': scheduleKey('TRACECHAIN_MAINTENANCE_BACKUP', 'backup'),
  'maintenance.restoredUrl': {
    variable: 'TRACECHAIN_MAINTENANCE_RESTORED_URL',
    fromText: asText,
    expected: 'a URL such as postgres://user:password@host:5432/restored',
    default: 'none: no backup is verified',
    secret: 'database-url',
  },
  'maintenance.backupMaximumAgeHours': numberKey(
    'TRACECHAIN_MAINTENANCE_BACKUP_MAXIMUM_AGE_HOURS',
    'backupMaximumAgeHours',
  ),
  'maintenance.deadRowsPercent': numberKey('TRACECHAIN_MAINTENANCE_DEAD_ROWS_PERCENT', 'deadRowsPercent'),
  'maintenance.indexBloatPercent': numberKey(
    'TRACECHAIN_MAINTENANCE_INDEX_BLOAT_PERCENT',
    'indexBloatPercent',
  ),
  'maintenance.maximumDatabaseGb': {
    variable: 'TRACECHAIN_MAINTENANCE_MAXIMUM_DATABASE_GB',
    fromText: asNumber,
    expected: `a whole number ${range('maximumDatabaseGb')}`,
    default: 'none: its size raises no alert',
  },
  'maintenance.auditRetentionDays': {
    variable: 'TRACECHAIN_MAINTENANCE_AUDIT_RETENTION_DAYS',
    fromText: asNumber,
    expected: `a whole number ${range('auditRetentionDays')}`,
    default: 'for ever',
  },
  'maintenance.journalRetentionBlocks': {
    variable: 'TRACECHAIN_MAINTENANCE_JOURNAL_RETENTION_BLOCKS',
    fromText: asNumber,
    expected: `a whole number ${range('journalRetentionBlocks')}`,
    default: 'for ever',
  },
  'audit.schedule': scheduleKey('TRACECHAIN_AUDIT_SCHEDULE', 'audit'),
  'audit.fullSchedule': scheduleKey('TRACECHAIN_AUDIT_FULL_SCHEDULE', 'fullAudit'),
  'audit.repair': {
    variable: 'TRACECHAIN_AUDIT_REPAIR',
    fromText: asText,
    expected: 'one of none, event-less',
    default: defaults.auditRepair,
  },
  'log.level': {
    variable: 'TRACECHAIN_LOG_LEVEL',
    fromText: asText,
    expected: 'one of trace, debug, info, warn, error, fatal, silent',
    default: defaults.logLevel,
  },
  'log.pretty': {
    variable: 'TRACECHAIN_LOG_PRETTY',
    fromText: asBoolean,
    expected: 'true or false',
    default: 'on a terminal',
  },
};

/** The accepted values of the keys of one entry of `contracts`. */
export const contractKeys: Readonly<Record<string, string>> = {
  kind: 'a contract’s name',
  address: 'an address (20 bytes of hex)',
  startBlock: 'the number of the block that created the contract, from 0 on',
  registry: 'the address of a product registry (20 bytes of hex)',
  childRegistry: 'the address of a product registry (20 bytes of hex)',
};

/** Variables that control the command line and correspond to no key. */
export const otherVariables = ['TRACECHAIN_CONFIG', 'TRACECHAIN_DATA'] as const;

/** The entries of the table, with the type of their keys. */
export function keyEntries(): [ConfigurationKey, KeyDescription][] {
  return Object.keys(configurationKeys)
    .filter(isConfigurationKey)
    .map((key) => [key, configurationKeys[key]]);
}

function isConfigurationKey(text: string): text is ConfigurationKey {
  return Object.hasOwn(configurationKeys, text);
}

function numberKey(variable: string, name: NumberName): KeyDescription {
  return {
    variable,
    fromText: asNumber,
    expected: `a whole number ${range(name)}`,
    default: String(defaults[name]),
  };
}

function scheduleKey(variable: string, task: keyof typeof defaults.schedules): KeyDescription {
  return {
    variable,
    fromText: (text) => (text === 'false' ? false : text),
    expected: 'a time in UTC as five cron fields (minute, hour, day, month, weekday), or false for never',
    default: defaults.schedules[task],
  };
}

function range(name: keyof typeof limits): string {
  return `from ${limits[name].min} to ${limits[name].max}`;
}

function asText(text: string): unknown {
  return text;
}

function asList(text: string): unknown {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function asNumber(text: string): unknown {
  return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text;
}

function asFinality(text: string): unknown {
  return /^\d+$/.test(text) ? { depth: Number(text) } : text;
}

function asBoolean(text: string): unknown {
  if (text === 'true' || text === '1') return true;
  return text === 'false' || text === '0' ? false : text;
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return text;
  }
}
