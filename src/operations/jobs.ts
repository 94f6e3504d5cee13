/** The tasks as jobs of the daemon: pg-boss schedules them, and assigns each occurrence to one daemon. */
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { TraceChainError } from '../primitives/errors.ts';
import type { JobQueue } from '../engine/queue/job-queue.ts';
import { runMaintenance } from './run.ts';
import { isMaintenanceTaskName, maintenanceTaskNames, type MaintenanceTaskName } from './tasks.ts';
import type { BackupSettings } from './backup.ts';
import type { HealthSettings } from './health.ts';
import type { PartitionRetention } from './partitions.ts';

export interface MaintenanceJobs {
  readonly pool: Pool;
  readonly queue: JobQueue;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Puts the configured schedules into the queue, and executes jobs that are due. */
export async function startMaintenance(
  settings: MaintenanceSettings,
  { pool, queue, logger, signal }: MaintenanceJobs,
): Promise<void> {
  for (const task of maintenanceTaskNames) {
    const cron = settings.schedules[task];
    if (cron === null) await queue.unschedule('maintenance', task);
    else await queue.schedule('maintenance', { key: task, cron, data: { task } });
  }
  await queue.work('maintenance', async ({ task }) => {
    if (!isMaintenanceTaskName(task)) {
      logger.warn({ task }, 'unknown maintenance task skipped');
      return;
    }
    const run = await runMaintenance(pool, task, { settings, startedBy: 'schedule', signal });
    const { outcome, durationMs, error } = run;
    if (outcome === 'failed' || outcome === 'interrupted') {
      throw new TraceChainError(`maintenance: ${task} ${outcome}`, {
        code: `maintenance/${outcome}`,
        fix: 'The queue retries it; ledger.maintenance_runs has the cause.',
        cause: error,
      });
    }
    if (outcome === 'findings')
      logger.warn({ task, durationMs, rows: run.rows }, 'maintenance found a problem');
    else logger.info({ task, outcome, durationMs }, 'maintenance');
  });
}

export interface MaintenanceSettings extends PartitionRetention, BackupSettings, HealthSettings {
  /** When each task runs: five cron fields, in UTC. Null: not scheduled. */
  readonly schedules: Readonly<Record<MaintenanceTaskName, string | null>>;
  /** A table with more dead rows than this, of all its rows, is vacuumed. */
  readonly deadRowsPercent: number;
  /** An index of which more than this is empty is rebuilt. */
  readonly indexBloatPercent: number;
}
