/** The maintenance tasks by name; each returns what it did. */
import type { PoolClient } from 'pg';
import { verifyBackup } from './backup.ts';
import { rebuildBloatedIndexes, vacuumBloatedTables } from './bloat.ts';
import { checkHealth } from './health.ts';
import { maintainPartitions } from './partitions.ts';
import type { MaintenanceSettings } from './jobs.ts';

export const maintenanceTaskNames = [
  'partitions',
  'cleanup',
  'analytics',
  'refresh',
  'analyze',
  'vacuum',
  'reindex',
  'health',
  'backup',
] as const;
export type MaintenanceTaskName = (typeof maintenanceTaskNames)[number];

export function isMaintenanceTaskName(text: string): text is MaintenanceTaskName {
  return maintenanceTaskNames.some((name) => name === text);
}

export type TaskRow = Readonly<Record<string, string | number | boolean | null>>;

export interface TaskResult {
  /** What was done, one row each, with the names of the function or the catalogue. */
  readonly rows: readonly TaskRow[];
  /** Something that a person should look at. */
  readonly hasFindings: boolean;
}

export interface MaintenanceTask {
  readonly description: string;
  /** Runs outside a transaction, in a separate session. */
  readonly run: (client: PoolClient, settings: MaintenanceSettings) => Promise<TaskResult>;
}

/** In the order in which they run each night: deleted rows need not be counted, and counted rows are analyzed afterwards. */
export const maintenanceTasks: Readonly<Record<MaintenanceTaskName, MaintenanceTask>> = {
  partitions: {
    description: 'create future partitions, detach those past their retention',
    run: async (client, settings) => done(await maintainPartitions(client, settings)),
  },
  cleanup: {
    description: 'delete rows past their retention',
    run: async (client) => await cleanUp(client),
  },
  analytics: {
    description: 'update product_analytics and user_analytics',
    run: callOf('update_analytics'),
  },
  refresh: { description: 'refresh the materialized views', run: callOf('refresh_materialized_views') },
  analyze: { description: 'update the planner’s statistics', run: callOf('analyze_all_tables') },
  vacuum: {
    description: 'vacuum tables with too many dead rows',
    run: async (client, { deadRowsPercent }) => done(await vacuumBloatedTables(client, { deadRowsPercent })),
  },
  reindex: {
    description: 'rebuild bloated indexes concurrently',
    run: async (client, { indexBloatPercent }) =>
      done(await rebuildBloatedIndexes(client, { indexBloatPercent })),
  },
  health: {
    description: 'check the database’s health',
    run: async (client, settings) => {
      const rows = await checkHealth(client, settings);
      return { rows, hasFindings: rows.some(({ status }) => status === 'warning' || status === 'critical') };
    },
  },
  backup: {
    description: 'compare the restored backup (maintenance.restoredUrl) with this database',
    run: async (client, settings) => {
      const rows = await verifyBackup(client, settings);
      return { rows, hasFindings: rows.some(({ status }) => status !== 'ok') };
    },
  },
};

function done(rows: readonly TaskRow[]): TaskResult {
  return { rows, hasFindings: false };
}

function callOf(functionName: string): MaintenanceTask['run'] {
  return async (client) => done((await client.query<TaskRow>(`select * from public.${functionName}()`)).rows);
}

interface CleanedUp {
  readonly what: string;
  readonly deleted: string;
  readonly has_more: boolean;
}

/** Records of maintenance runs and leader commands; their changes are in the journal. A few rows per day. */
const recordsOfWork = [
  ['maintenance_runs', 'started_at'],
  ['commands', 'requested_at'],
] as const;

/** Deletes one batch per statement, each in its own transaction, so that no lock or snapshot is held for long. */
async function cleanUp(client: PoolClient): Promise<TaskResult> {
  const deleted = new Map<string, number>();
  let hasMore = true;
  while (hasMore) {
    const { rows } = await client.query<CleanedUp>('select * from public.cleanup_old_data()');
    for (const row of rows) deleted.set(row.what, (deleted.get(row.what) ?? 0) + Number(row.deleted));
    hasMore = rows.some((row) => row.has_more);
  }
  for (const [table, instant] of recordsOfWork) {
    const { rowCount } = await client.query(
      `delete from ledger.${table} where ${instant} < now() - interval '1 year'`,
    );
    deleted.set(table, rowCount ?? 0);
  }
  return done(Array.from(deleted, ([what, count]) => ({ what, deleted: count })));
}
