/**
 * One validated configuration: a file, overridden by environment variables. Other rooms only get its values.
 */
import { relative } from 'node:path';
import type { AuditJobSettings } from '../engine/daemon/jobs/audits.ts';
import type { MaintenanceSettings } from '../operations/jobs.ts';
import type {
  ChainSettings,
  ConfiguredContract,
  DaemonSettings,
  IngestSettings,
  ProjectionSettings,
} from '../engine/settings.ts';
import { readConfigurationFile } from './file.ts';
import type { FileRequest } from './file.ts';
import { configurationKeys, keyEntries } from './keys.ts';
import type { ConfigurationKey } from './keys.ts';
import { ConfigurationError } from './problems.ts';
import type { ConfigurationProblem } from './problems.ts';
import { valueAt } from './values.ts';
import type { ValidConfiguration } from './schema.ts';
import { maskValue } from './secrets.ts';
import type { LogLevel, TraceChainConfig } from './types.ts';
import { validateConfiguration } from './validate.ts';

export { ConfigurationError, configurationKeys };
export type { ConfigurationKey, ConfigurationProblem, LogLevel, TraceChainConfig };

/** Gives a `tracechain.config.ts` its type, and so completion in the editor. It is validated when it is loaded. */
export function defineConfig(config: TraceChainConfig): TraceChainConfig {
  return config;
}

/**
 * The configuration determines what `start` runs: without database and node, the local system; with a node, the embedded database and that
 * chain; with both, the production daemon. With a database alone, commands can read it, but nothing can be started.
 */
export type Mode = 'local' | 'embedded-database' | 'production' | 'database-only';

export interface LogSettings {
  readonly level: LogLevel;
  /** Null: on if standard error is a terminal. */
  readonly pretty: boolean | null;
}

/** The effective value of one key, with secrets masked. */
export interface EffectiveValue {
  readonly key: ConfigurationKey;
  readonly variable: string;
  readonly value: unknown;
  /** The file's name, the variable's, or `default`. */
  readonly source: string;
}

export interface Configuration {
  readonly mode: Mode;
  /** The absolute path of the file that was read; null if there was none. */
  readonly file: string | null;
  readonly database: { readonly url: string | null; readonly poolSize: number };
  readonly chain: ChainSettings;
  readonly contracts: readonly ConfiguredContract[];
  readonly ingest: IngestSettings;
  readonly projection: ProjectionSettings;
  readonly maintenance: MaintenanceSettings;
  readonly audit: AuditJobSettings;
  readonly log: LogSettings;
  readonly effective: readonly EffectiveValue[];
  readonly warnings: readonly string[];
}

/**
 * Reads and validates the configuration. Throws a CannotRunError for a file that can't be read, and a ConfigurationError
 * that names every wrong key. `startProblems` says whether it is sufficient to start.
 */
export async function loadConfiguration(request: FileRequest): Promise<Configuration> {
  const file = await readConfigurationFile(request);
  const named = file === null ? null : { name: shortName(request.folder, file.path), content: file.content };
  const { values, sources, warnings } = validateConfiguration(named, request.environment);
  const effective = keyEntries().map(([key, { variable, secret }]) => ({
    key,
    variable,
    value: maskValue(valueAt(values, key.split('.')), secret) ?? null,
    source: sources.get(key) ?? 'default',
  }));
  return { ...settingsOf(values), file: file?.path ?? null, effective, warnings };
}

/** Returns what prevents the daemon from starting with a valid configuration. */
export function startProblems(configuration: Configuration): ConfigurationProblem[] {
  const { chain, contracts, mode } = configuration;
  if (mode === 'database-only') {
    return [
      {
        key: 'chain.rpcUrls',
        message:
          'is missing: a database is configured (DATABASE_URL) but no chain, and the local devnet never writes to a configured database',
        fix: 'Set RPC_URL too for the production daemon, or unset DATABASE_URL for the local system.',
      },
    ];
  }
  if (mode === 'local') {
    const idle = [
      ...(contracts.length > 0 ? ['contracts'] : []),
      ...(chain.webSocketUrls.length > 0 ? ['chain.webSocketUrls'] : []),
    ];
    return idle.map((key) => ({
      key,
      message: 'is set, but no node is: the local devnet has its own contracts and addresses',
      fix: `Set RPC_URL to the node of that chain, or omit ${key} for the local system.`,
    }));
  }
  if (contracts.length > 0) return [];
  return [
    {
      key: 'contracts',
      message: 'is empty: a node is configured (RPC_URL), but no contract to index',
      fix: 'List the contracts with their kinds, addresses and start blocks in tracechain.config.ts; npx tracechain init writes a template.',
    },
  ];
}

/** Throws a ConfigurationError if the daemon can't start with the configuration. */
export function requireStartable(configuration: Configuration): void {
  const problems = startProblems(configuration);
  if (problems.length > 0) throw new ConfigurationError(problems);
}

/** The values that the local system supplies if they are not configured. */
export interface LocalParts {
  readonly databaseUrl?: string;
  readonly chain?: Partial<ChainSettings>;
  readonly contracts?: readonly ConfiguredContract[];
}

/** Returns the daemon's settings; the parts of the local system override the configuration. Throws a ConfigurationError if no database is known. */
export function daemonSettings(configuration: Configuration, local: LocalParts = {}): DaemonSettings {
  const url = local.databaseUrl ?? configuration.database.url;
  if (url === null) {
    const message = 'is missing, and no local system supplies one';
    throw new ConfigurationError([{ key: 'database.url', message, fix: 'Set DATABASE_URL.' }]);
  }
  return {
    database: { url, poolSize: configuration.database.poolSize },
    chain: { ...configuration.chain, ...local.chain },
    contracts: local.contracts ?? configuration.contracts,
    ingest: configuration.ingest,
    projection: configuration.projection,
  };
}

function settingsOf(values: ValidConfiguration): Omit<Configuration, 'file' | 'effective' | 'warnings'> {
  const { chain, database, log } = values;
  return {
    mode: modeOf(database.url !== undefined, chain.rpcUrls.length > 0),
    database: { url: database.url ?? null, poolSize: database.poolSize },
    chain: {
      rpcUrls: chain.rpcUrls,
      webSocketUrls: chain.webSocketUrls,
      expectedChainId: chain.chainId ?? null,
      finality:
        chain.finality === 'finalized' ? { kind: 'tag' } : { kind: 'depth', blocks: chain.finality.depth },
      completeness: chain.completeness,
      pollIntervalMs: chain.pollIntervalMs,
      requestTimeoutMs: chain.requestTimeoutMs,
      multicall3: chain.multicall3 === false ? null : chain.multicall3,
    },
    contracts: values.contracts.map(({ registry, childRegistry, ...rest }) => ({
      ...rest,
      ...(registry === undefined ? {} : { registry }),
      ...(childRegistry === undefined ? {} : { childRegistry }),
    })),
    ingest: values.ingest,
    projection: values.projection,
    maintenance: maintenanceOf(values.maintenance),
    audit: {
      schedules: { incremental: values.audit.schedule || null, full: values.audit.fullSchedule || null },
      repair: values.audit.repair,
    },
    log: { level: log.level, pretty: log.pretty ?? null },
  };
}

function maintenanceOf(values: ValidConfiguration['maintenance']): MaintenanceSettings {
  const { deadRowsPercent, indexBloatPercent, auditRetentionDays, journalRetentionBlocks, ...rest } = values;
  const { restoredUrl = null, backupMaximumAgeHours, maximumDatabaseGb = null, ...times } = rest;
  const schedules = {
    partitions: times.partitions || null,
    cleanup: times.cleanup || null,
    analytics: times.analytics || null,
    refresh: times.refresh || null,
    analyze: times.analyze || null,
    vacuum: times.vacuum || null,
    reindex: times.reindex || null,
    health: times.health || null,
    // Without a restored database there is nothing to verify.
    backup: restoredUrl === null ? null : times.backup || null,
  };
  return {
    schedules,
    deadRowsPercent,
    indexBloatPercent,
    restoredUrl,
    backupMaximumAgeHours,
    maximumDatabaseGb,
    auditRetentionDays: auditRetentionDays ?? null,
    journalRetentionBlocks: journalRetentionBlocks ?? null,
  };
}

function modeOf(hasDatabase: boolean, hasNode: boolean): Mode {
  if (hasNode) return hasDatabase ? 'production' : 'embedded-database';
  return hasDatabase ? 'database-only' : 'local';
}

/** Returns the relative path if it is shorter. */
function shortName(folder: string, path: string): string {
  const name = relative(folder, path);
  return name.startsWith('..') ? path : name;
}
