/** What there is to maintain, by name; each answers with what it did. */
import type { PoolClient } from 'pg';
import { verifyBackup } from './backup.ts';
import { rebuildBloatedIndexes, vacuumBloatedTables } from './bloat.ts';
import { checkHealth } from './health.ts';
import { maintainPartitions } from './partitions.ts';
import type { MaintenanceSettings } from './settings.ts';

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
  /** What was done, a row each, as the function or the catalogue names it. */
  readonly rows: readonly TaskRow[];
  /** Something that a person should look at. */
  readonly hasFindings: boolean;
}

export interface MaintenanceTask {
  readonly description: string;
  /** Runs outside a transaction, on a session of its own. */
  readonly run: (client: PoolClient, settings: MaintenanceSettings) => Promise<TaskResult>;
}

/** In the order in which one night runs them: what is deleted needn't be counted, what was counted is then analyzed. */
export const maintenanceTasks: Readonly<Record<MaintenanceTaskName, MaintenanceTask>> = {
  partitions: {
    description: 'make partitions ahead, detach those that outlived their retention',
    run: async (client, settings) => done(await maintainPartitions(client, settings)),
  },
  cleanup: {
    description: 'delete what outlived its retention',
    run: async (client) => await cleanUp(client),
  },
  analytics: {
    description: 'bring product_analytics and user_analytics up to date',
    run: callOf('update_analytics'),
  },
  refresh: { description: 'refresh the materialized views', run: callOf('refresh_materialized_views') },
  analyze: { description: 'renew the planner’s statistics', run: callOf('analyze_all_tables') },
  vacuum: {
    description: 'vacuum tables with too many dead rows',
    run: async (client, { deadRowsPercent }) => done(await vacuumBloatedTables(client, { deadRowsPercent })),
  },
  reindex: {
    description: 'rebuild bloated indexes, beside their readers and writers',
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
    description: 'hold the restored backup (maintenance.restoredUrl) against this database',
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

/** What was done and asked for, and when it was; what it changed is in the journal. A few rows a day. */
const recordsOfWork = [
  ['maintenance_runs', 'started_at'],
  ['commands', 'requested_at'],
] as const;

/** A batch a statement, each of its own transaction, so that no lock and no snapshot is held for long. */
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
