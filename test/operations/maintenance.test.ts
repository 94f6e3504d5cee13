import { Client, type Pool } from 'pg';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createPool } from '../../src/db/client.ts';
import { rebuildBloatedIndexes, vacuumBloatedTables } from '../../src/operations/bloat.ts';
import { checkHealth, type HealthCheck, sizeCheckName } from '../../src/operations/health.ts';
import { startMaintenance, type MaintenanceSettings } from '../../src/operations/jobs.ts';
import { runMaintenance } from '../../src/operations/run.ts';
import { type MaintenanceTaskName, maintenanceTaskNames } from '../../src/operations/tasks.ts';
import { JobQueue } from '../../src/engine/queue/job-queue.ts';
import { createMigratedDatabase, type TestDatabase } from '../support/postgres.ts';

const logger = pino({ level: 'silent' });
const never = new AbortController().signal;
const settings: MaintenanceSettings = {
  schedules: {
    partitions: null,
    cleanup: null,
    analytics: null,
    refresh: null,
    analyze: null,
    vacuum: null,
    reindex: null,
    health: null,
    backup: null,
  },
  deadRowsPercent: 20,
  indexBloatPercent: 60,
  restoredUrl: null,
  backupMaximumAgeHours: 48,
  maximumDatabaseGb: null,
  auditRetentionDays: null,
  journalRetentionBlocks: null,
};

let database: TestDatabase;
let pool: Pool;
let stops: (() => Promise<void>)[];

beforeAll(async () => {
  stops = [];
  database = await createMigratedDatabase();
  pool = newPool();
});

afterEach(async () => {
  await Promise.all(stops.splice(0).map(async (stop) => await stop()));
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

function newPool(): Pool {
  return createPool({
    connectionString: database.url,
    applicationName: 'test',
    maximumConnections: 4,
    onConnectionError: () => undefined,
  });
}

async function rowsOf<Row extends object>(statement: string): Promise<Row[]> {
  return (await pool.query<Row>(statement)).rows;
}

async function run(task: MaintenanceTaskName, signal: AbortSignal = never) {
  return await runMaintenance(pool, task, { settings, startedBy: 'command', signal });
}

describe('a maintenance run', () => {
  // (backup has something to be restored first, and tests of its own.)
  test.each(maintenanceTaskNames.filter((name) => name !== 'backup'))(
    'of %s works on an empty database, and is recorded',
    async (task) => {
      const { outcome, error } = await run(task);
      expect(error).toBeNull();
      expect(task === 'health' ? ['succeeded', 'findings'] : ['succeeded']).toContain(outcome);
      const [record] = await rowsOf(
        `select started_by, outcome, finished_at >= started_at as is_over, jsonb_typeof(detail -> 'rows') as rows
       from ledger.maintenance_runs where task = '${task}' order by id desc limit 1`,
      );
      expect(record).toEqual({ started_by: 'command', outcome, is_over: true, rows: 'array' });
      expect(
        await rowsOf(
          `select source, event_data ->> 'outcome' as outcome from system_events where event_data ->> 'task' = '${task}'`,
        ),
      ).toEqual([{ source: 'daemon', outcome }]);
    },
  );

  test('of cleanup keeps records of the last year and deletes older ones', async () => {
    const ask = async (age: string) =>
      await pool.query(
        `insert into ledger.commands (chain_id, name, input, requested_by, requested_at)
         values (1, 'replay', '{}', '1@here', now() - $1::interval)`,
        [age],
      );
    await ask('366 days');
    await ask('364 days');
    await pool.query(
      `insert into ledger.maintenance_runs (task, started_by, started_at) values ('refresh', 'schedule', now() - interval '366 days')`,
    );
    const { rows } = await run('cleanup');
    expect(rows).toEqual(
      expect.arrayContaining([
        { what: 'commands', deleted: 1 },
        { what: 'maintenance_runs', deleted: 1 },
      ]),
    );
    expect(await rowsOf('select from ledger.commands')).toHaveLength(1);
    await pool.query('delete from ledger.commands');
  });

  test('that fails returns the error and records it', async () => {
    await pool.query('alter function public.update_analytics rename to update_analytics_away');
    try {
      const { outcome, error } = await run('analytics');
      expect(outcome).toBe('failed');
      expect(error?.message).toContain('update_analytics() does not exist');
    } finally {
      await pool.query('alter function public.update_analytics_away rename to update_analytics');
    }
    expect(
      await rowsOf(
        `select outcome, detail ->> 'error' as error from ledger.maintenance_runs where task = 'analytics' order by id desc limit 1`,
      ),
    ).toEqual([{ outcome: 'failed', error: expect.stringContaining('update_analytics() does not exist') }]);
  });

  test('is skipped while another run of the same task is in progress, whoever started it', async () => {
    const blocker = new Client({ connectionString: database.url });
    await blocker.connect();
    await blocker.query('begin; lock table public.users in access exclusive mode');
    const first = run('analyze');
    await expect
      .poll(
        async () =>
          await rowsOf(
            `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%analyze_all_tables%' and datname = current_database()`,
          ),
      )
      .toHaveLength(1);
    expect((await run('analyze')).outcome).toBe('skipped');
    await blocker.query('rollback');
    await blocker.end();
    expect((await first).outcome).toBe('succeeded');
    expect((await run('analyze')).outcome).toBe('succeeded');
  });

  test('that is stopped cancels its statement and is recorded as interrupted', async () => {
    const blocker = new Client({ connectionString: database.url });
    await blocker.connect();
    await blocker.query('begin; lock table public.users in access exclusive mode');
    const stop = new AbortController();
    const stopped = run('analyze', stop.signal);
    await expect
      .poll(
        async () =>
          await rowsOf(
            `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%analyze_all_tables%' and datname = current_database()`,
          ),
      )
      .toHaveLength(1);
    stop.abort(new Error('over'));
    expect((await stopped).outcome).toBe('interrupted');
    await blocker.end();
  });

  test('whose process was killed is marked as interrupted by the next run', async () => {
    await pool.query(`insert into ledger.maintenance_runs (task, started_by) values ('refresh', 'schedule')`);
    await run('refresh');
    expect(
      await rowsOf(
        `select outcome from ledger.maintenance_runs where task = 'refresh' order by id desc limit 2`,
      ),
    ).toEqual([{ outcome: 'succeeded' }, { outcome: 'interrupted' }]);
  });
});

describe('Monitoring', () => {
  const health = async (maximumDatabaseGb: number | null = null) => {
    const client = await pool.connect();
    try {
      return await checkHealth(client, { maximumDatabaseGb });
    } finally {
      client.release();
    }
  };
  const statusOf = (checks: readonly HealthCheck[], name: string) =>
    checks.find(({ check_name: check }) => check === name)?.status;

  test('Database size monitoring with alerts: by a limit, by what is left of it, by its growth since the last check', async () => {
    const gb = Number((await health()).find(({ check_name: name }) => name === sizeCheckName)?.value);
    expect(gb).toBeGreaterThan(0.001);
    expect(statusOf(await health(), sizeCheckName)).toBe('ok');
    expect(statusOf(await health(gb * 100), sizeCheckName)).toBe('ok');
    expect(statusOf(await health(gb * 1.2), sizeCheckName)).toBe('warning');
    expect(statusOf(await health(gb * 0.9), sizeCheckName)).toBe('critical');

    // Half of it came within the last day: at that rate the tenfold is reached in three weeks, the fivefold in one.
    await pool.query(
      `insert into ledger.maintenance_runs (task, started_by, started_at, finished_at, outcome, detail)
       values ('health', 'command', now() - interval '1 day', now(), 'succeeded', jsonb_build_object('rows',
         jsonb_build_array(jsonb_build_object('check_name', $1::text, 'value', $2::float8))))`,
      [sizeCheckName, gb / 2],
    );
    expect(statusOf(await health(gb * 10), sizeCheckName)).toBe('ok');
    expect(statusOf(await health(gb * 5), sizeCheckName)).toBe('warning');
    await pool.query('delete from ledger.maintenance_runs');
  });

  test('Connection monitoring for capacity planning; Query performance monitoring, where the server counts statements', async () => {
    const checks = await health();
    expect(statusOf(checks, 'connections')).toBe('ok');
    expect(statusOf(checks, 'slow_statements')).toMatch(/^(?:ok|unknown)$/);
  });

  test('Error logging for troubleshooting: the daemon’s errors of the last day', async () => {
    await pool.query('delete from system_events');
    expect(statusOf(await health(), 'recent_errors')).toBe('ok');
    await pool.query(
      `insert into system_events (event_type, severity, source, event_data) values ('park', 'error', 'daemon', '{}')`,
    );
    expect((await health()).find(({ check_name: name }) => name === 'recent_errors')).toMatchObject({
      status: 'warning',
      value: 1,
      detail: 'in a day: park 1',
    });
    await pool.query('delete from system_events');
  });
});

describe('bloat', () => {
  test('is removed only past its threshold, by vacuum or a rebuild', async () => {
    await pool.query(`
      create table public.bloated (id int primary key, note text);
      alter table public.bloated set (autovacuum_enabled = false);
      insert into public.bloated select n, 'x' from generate_series(1, 30000) n;
      create table public.dense (id int primary key);
      insert into public.dense select generate_series(1, 30000);
      delete from public.bloated where id % 20 <> 0`);
    await pool.query('analyze public.bloated, public.dense');
    await expect
      .poll(
        async () =>
          await rowsOf(`select n_dead_tup > 0 as dead from pg_stat_user_tables where relname = 'bloated'`),
      )
      .toEqual([{ dead: true }]);

    const limits = { deadRowsPercent: 20, indexBloatPercent: 60, minimumBytes: 65_536 };
    expect(await vacuumBloatedTables(await session(), limits)).toMatchObject([{ table: 'public.bloated' }]);
    expect(await vacuumBloatedTables(await session(), limits)).toEqual([]);
    const [rebuilt, ...others] = await rebuildBloatedIndexes(await session(), limits);
    expect(others).toEqual([]);
    expect(rebuilt).toMatchObject({ index: 'public.bloated_pkey' });
    expect(rebuilt?.bytesAfter).toBeLessThan((rebuilt?.bytesBefore ?? 0) / 2);
    expect(await rebuildBloatedIndexes(await session(), limits)).toEqual([]);
    await pool.query('drop table public.bloated, public.dense');
  });
});

/** Statistics are seen by a session some time after they were reported; a new session sees them at once. */
async function session(): Promise<Client> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  stops.push(async () => await client.end());
  return client;
}

test('partitions are created in advance and detached after their retention, except the current one', async () => {
  await pool.query(`
    drop table ledger.application_changes_${nextMonth()};
    select ledger.attach_partition('ledger.application_changes', 'application_changes_2020_01',
      $$for values from ('2020-01-01Z') to ('2020-02-01Z')$$)`);
  const options = { startedBy: 'command', signal: never } as const;
  const { rows } = await runMaintenance(pool, 'partitions', {
    ...options,
    settings: { ...settings, auditRetentionDays: 30 },
  });
  expect(rows).toEqual([
    { partition: `ledger.application_changes_${nextMonth()}`, change: 'made' },
    { partition: 'ledger.application_changes_2020_01', change: 'detached' },
  ]);
  expect((await run('partitions')).rows).toEqual([]);
});

function nextMonth(): string {
  const now = new Date();
  const next = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1));
  return next.toISOString().slice(0, 7).replace('-', '_');
}

describe('a maintenance schedule', () => {
  async function startDaemon(cron: string | null): Promise<JobQueue> {
    const own = newPool();
    const stop = new AbortController();
    const queue = await JobQueue.start({
      chainId: 1,
      connectionString: database.url,
      applicationName: 'test',
      logger,
      scheduleIntervalSeconds: 1,
    });
    await startMaintenance(
      { ...settings, schedules: { ...settings.schedules, cleanup: cron } },
      { pool: own, queue, logger, signal: stop.signal },
    );
    stops.push(async () => {
      stop.abort();
      await queue.stop();
      await own.end();
    });
    return queue;
  }

  test('that two daemons share runs each occurrence once', async () => {
    await pool.query(`delete from ledger.maintenance_runs where task = 'cleanup'`);
    const minute = () => Math.floor(Date.now() / 60_000);
    const begun = minute();
    // Every minute: the one that has begun is due at once.
    await Promise.all([startDaemon('* * * * *'), startDaemon('* * * * *')]);
    const runs = async () =>
      await rowsOf(`select started_by, outcome from ledger.maintenance_runs where task = 'cleanup'`);
    await expect
      .poll(runs, { interval: 200 })
      .toContainEqual({ started_by: 'schedule', outcome: 'succeeded' });
    // Both have looked again by now.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const dueMinutes = minute() - begun + 1;
    expect((await runs()).length).toBeLessThanOrEqual(dueMinutes);
  });

  test('that is no longer configured is removed, and a changed one replaces the previous one', async () => {
    const schedules = async () =>
      await rowsOf(`select key, cron, timezone from pgboss.schedule where name = 'maintenance'`);
    await startDaemon('15 3 * * *');
    expect(await schedules()).toEqual([{ key: 'cleanup', cron: '15 3 * * *', timezone: 'UTC' }]);
    await startDaemon('45 4 * * *');
    expect(await schedules()).toEqual([{ key: 'cleanup', cron: '45 4 * * *', timezone: 'UTC' }]);
    await startDaemon(null);
    expect(await schedules()).toEqual([]);
  });
});
