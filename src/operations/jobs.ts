/** The tasks as the daemon's jobs: pg-boss keeps the times, and gives each occurrence to one daemon, however many run. */
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { TraceChainError } from '../primitives/errors.ts';
import type { JobQueue } from '../engine/queue/job-queue.ts';
import { runMaintenance } from './run.ts';
import type { MaintenanceSettings } from './settings.ts';
import { isMaintenanceTaskName, maintenanceTaskNames } from './tasks.ts';

export interface MaintenanceJobs {
  readonly pool: Pool;
  readonly queue: JobQueue;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Puts the schedules into the queue as they are configured now, and works on what comes due. */
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
      logger.warn({ task }, 'a maintenance task that this version doesn’t know is left out');
      return;
    }
    const run = await runMaintenance(pool, task, { settings, startedBy: 'schedule', signal });
    const { outcome, durationMs, error } = run;
    if (outcome === 'failed' || outcome === 'interrupted') {
      throw new TraceChainError(`maintenance: ${task} ${outcome}`, {
        code: `maintenance/${outcome}`,
        fix: 'The queue tries it again; ledger.maintenance_runs keeps what happened.',
        cause: error,
      });
    }
    if (outcome === 'findings')
      logger.warn({ task, durationMs, rows: run.rows }, 'maintenance found something to look at');
    else logger.info({ task, outcome, durationMs }, 'maintenance');
  });
}
