/**
 * Runs one task. A session lock prevents concurrent runs of the same task; each run is recorded from start to end, and reported in
 * `system_events`.
 */
import type { Pool, PoolClient } from 'pg';
import { connect, withTransaction } from '../db/client.ts';
import type { JsonValue } from '../db/columns.ts';
import { recordSystemEvent } from '../db/system-events.ts';
import { required, TraceChainError } from '../primitives/errors.ts';
import { storable } from '../primitives/text.ts';
import { sizeCheckName } from './health.ts';
import type { MaintenanceSettings } from './jobs.ts';
import { type MaintenanceTaskName, maintenanceTasks, type TaskResult, type TaskRow } from './tasks.ts';

/** `findings`: it ran, and a person should look. `skipped`: another run of the task is in progress, and this one left no record. */
export type MaintenanceOutcome = 'succeeded' | 'findings' | 'failed' | 'interrupted' | 'skipped';

export interface MaintenanceRun {
  readonly task: MaintenanceTaskName;
  readonly outcome: MaintenanceOutcome;
  readonly durationMs: number;
  readonly rows: readonly TaskRow[];
  /** The cause of a failure. */
  readonly error: Error | null;
}

export interface MaintenanceOptions {
  readonly settings: MaintenanceSettings;
  readonly startedBy: 'schedule' | 'command';
  /** Aborting it cancels the running statement. */
  readonly signal: AbortSignal;
}

/** First half of the two-part advisory lock; the hash of the task's name is the second. */
const lockClass = 0x7472_6d;

/** The maximum number of result rows in a record: one row per table is enough, one per partition may be thousands. */
const mostRecordedRows = 200;

/**
 * Runs the task now and returns the outcome; a failed task is returned, not thrown. The pool must have two
 * connections: one works, the other records and cancels.
 */
export async function runMaintenance(
  pool: Pool,
  task: MaintenanceTaskName,
  options: MaintenanceOptions,
): Promise<MaintenanceRun> {
  const startedAt = performance.now();
  const session = await connect(pool);
  let broken: Error | undefined;
  try {
    if (!(await lock(session, task))) {
      return { task, outcome: 'skipped', durationMs: 0, rows: [], error: null };
    }
    const runId = await recordStart(pool, task, options.startedBy);
    const { outcome, rows, error } = await attempt(pool, session, task, options);
    const durationMs = Math.round(performance.now() - startedAt);
    const run = { task, outcome, rows, error, durationMs };
    await recordEnd(pool, runId, run);
    await session.query('select pg_advisory_unlock_all()');
    return run;
  } catch (error) {
    // A session that failed may still hold the lock: it is terminated, not returned to the pool.
    broken = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    session.release(broken);
  }
}

async function lock(session: PoolClient, task: MaintenanceTaskName): Promise<boolean> {
  const { rows } = await session.query<{ is_ours: boolean }>(
    'select pg_try_advisory_lock($1, hashtext($2)) as is_ours',
    [lockClass, task],
  );
  return rows[0]?.is_ours === true;
}

async function attempt(
  pool: Pool,
  session: PoolClient,
  task: MaintenanceTaskName,
  { settings, signal }: MaintenanceOptions,
): Promise<Pick<MaintenanceRun, 'outcome' | 'rows' | 'error'>> {
  try {
    const { rows, hasFindings } = await cancellable(
      pool,
      session,
      signal,
      async (): Promise<TaskResult> => await maintenanceTasks[task].run(session, settings),
    );
    return { outcome: hasFindings ? 'findings' : 'succeeded', rows, error: null };
  } catch (error) {
    const outcome = signal.aborted ? 'interrupted' : 'failed';
    return { outcome, rows: [], error: error instanceof Error ? error : new Error(String(error)) };
  }
}

/** Does the work; when the signal is aborted, asks the server to cancel the current statement. */
async function cancellable<Result>(
  pool: Pool,
  session: PoolClient,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  const { rows } = await session.query<{ pid: number }>('select pg_backend_pid() as pid');
  const pid = required(rows[0], 'a session’s process id').pid;
  let cancelled: Promise<unknown> = Promise.resolve();
  const cancel = (): void => {
    // If this request fails, the end of the session ends the task.
    cancelled = pool.query('select pg_cancel_backend($1)', [pid]).catch(() => undefined);
  };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await work();
  } finally {
    signal.removeEventListener('abort', cancel);
    await cancelled;
  }
}

/** The holder of the lock marks unfinished records as interrupted: their processes were killed. */
async function recordStart(
  pool: Pool,
  task: MaintenanceTaskName,
  startedBy: MaintenanceOptions['startedBy'],
): Promise<string> {
  await pool.query(
    `update ledger.maintenance_runs set outcome = 'interrupted', finished_at = clock_timestamp()
     where task = $1 and finished_at is null`,
    [task],
  );
  const { rows } = await pool.query<{ id: string }>(
    'insert into ledger.maintenance_runs (task, started_by) values ($1, $2) returning id::text',
    [task, startedBy],
  );
  return required(rows[0], 'the record of a maintenance run').id;
}

async function recordEnd(pool: Pool, runId: string, run: MaintenanceRun): Promise<void> {
  const { task, outcome, durationMs } = run;
  const detail = detailOf(run);
  await withTransaction(pool, async (client) => {
    await client.query(
      `update ledger.maintenance_runs set finished_at = clock_timestamp(), outcome = $2, detail = $3::jsonb where id = $1`,
      [runId, outcome, JSON.stringify(detail)],
    );
    await recordSystemEvent(client, {
      eventType: 'maintenance',
      severity: severities[outcome],
      data: { task, outcome, durationMs, run: runId, ...(outcome === 'succeeded' ? {} : detail) },
    });
  });
}

const severities = {
  succeeded: 'info',
  findings: 'warning',
  failed: 'error',
  interrupted: 'info',
  skipped: 'info',
} as const;

function detailOf({ rows, error, outcome, task }: MaintenanceRun): { readonly [key: string]: JsonValue } {
  if (error !== null) {
    const code = error instanceof TraceChainError ? { code: error.code } : {};
    return { ...code, error: storable(error.message).text };
  }
  const shown =
    task === 'health' && outcome === 'findings'
      ? rows.filter(({ status, check_name: name }) => status !== 'ok' || name === sizeCheckName)
      : rows;
  return {
    rows: shown.slice(0, mostRecordedRows),
    ...(shown.length > mostRecordedRows ? { rowsInAll: shown.length } : {}),
  };
}
