/** The health check: the database's own check (check_database_health), and checks that need a limit or a history. */
import type { ClientBase } from 'pg';
import { errorCode } from '../db/errors.ts';
import { required } from '../primitives/errors.ts';

/** A type alias and not an interface, so that it is assignable to a row of a task's result. The columns are those of check_database_health(). */
export type HealthCheck = {
  readonly check_name: string;
  readonly status: 'ok' | 'warning' | 'critical' | 'unknown';
  /** Exact decimal text in the function's rows. */
  readonly value: number | string | null;
  readonly unit: string;
  readonly detail: string;
};

export interface HealthSettings {
  /** The size that the database must stay under; null sets no limit. */
  readonly maximumDatabaseGb: number | null;
}

export async function checkHealth(client: ClientBase, settings: HealthSettings): Promise<HealthCheck[]> {
  const { rows } = await client.query<HealthCheck>('select * from public.check_database_health()');
  return [
    ...rows,
    await checkSize(client, settings),
    await checkStatements(client),
    await checkErrors(client),
  ];
}

export const sizeCheckName = 'database_size';

const warnAtShareOfLimit = 0.8;
const warnAtDaysLeft = 14;

/** Compares the size with the limit, if one is set, and estimates when it is reached if the database keeps growing as since the last check. */
async function checkSize(
  client: ClientBase,
  { maximumDatabaseGb: limitGb }: HealthSettings,
): Promise<HealthCheck> {
  const { rows } = await client.query<{ gb: number; previous_gb: number | null; days: number | null }>(
    `select pg_database_size(current_database()) / 1e9 as gb, previous.gb as previous_gb, previous.days
     from (select) as now left join lateral (
       select (record.value ->> 'value')::float8 as gb, extract(epoch from now() - started_at)::float8 / 86400 as days
       from ledger.maintenance_runs, jsonb_array_elements(detail -> 'rows') as record
       where task = 'health' and finished_at is not null and record.value ->> 'check_name' = $1
         -- What comes in minutes says nothing about weeks.
         and started_at < now() - interval '6 hours'
       order by started_at desc limit 1) as previous on true`,
    [sizeCheckName],
  );
  const { gb, previous_gb: previousGb, days } = required(rows[0], 'the size of the database');
  const gbPerDay = previousGb === null || days === null || days <= 0 ? null : (gb - previousGb) / days;
  const daysLeft = limitGb === null || gbPerDay === null || gbPerDay <= 0 ? null : (limitGb - gb) / gbPerDay;
  const parts = [
    limitGb === null ? 'no maintenance.maximumDatabaseGb is set' : `of ${limitGb} at most`,
    ...(gbPerDay === null ? [] : [`${gbPerDay.toFixed(3)} per day since the last check`]),
    ...(daysLeft === null || daysLeft < 0 ? [] : [`full in ${Math.floor(daysLeft)} days`]),
  ];
  return {
    check_name: sizeCheckName,
    status: sizeStatus(gb, limitGb, daysLeft),
    value: Math.round(gb * 1e6) / 1e6,
    unit: 'GB',
    detail: parts.join('; '),
  };
}

function sizeStatus(gb: number, limitGb: number | null, daysLeft: number | null): HealthCheck['status'] {
  if (limitGb === null) return 'ok';
  if (gb >= limitGb) return 'critical';
  const isClose = gb >= limitGb * warnAtShareOfLimit || (daysLeft !== null && daysLeft < warnAtDaysLeft);
  return isClose ? 'warning' : 'ok';
}

const slowStatementMs = 1000;
const fewestCalls = 10;

/** Finds statements that are slow on average, if the server counts them. Refreshes, clean-ups and COPY may take long. */
async function checkStatements(client: ClientBase): Promise<HealthCheck> {
  const check = { check_name: 'slow_statements', unit: 'statements' };
  const { rows: found } = await client.query<{ relation: string | null }>(
    `select to_regclass('pg_stat_statements')::text as relation`,
  );
  const unknown = {
    ...check,
    status: 'unknown' as const,
    value: null,
    detail:
      'the server counts no statements: add pg_stat_statements to shared_preload_libraries, and create the extension',
  };
  const relation = found[0]?.relation;
  if (relation === undefined || relation === null) return unknown;
  try {
    const { rows } = await client.query<{ text: string; ms: number }>(
      `select left(regexp_replace(query, '\\s+', ' ', 'g'), 120) as text, mean_exec_time as ms from ${relation}
       where dbid = (select oid from pg_database where datname = current_database())
         and mean_exec_time > $1 and calls >= $2 and query ~* '^\\s*(select|with|insert|update|delete)'
       order by total_exec_time desc`,
      [slowStatementMs, fewestCalls],
    );
    const [worst] = rows;
    if (worst === undefined)
      return { ...check, status: 'ok', value: 0, detail: 'none takes over a second on average' };
    const detail = `take over a second on average, the worst ${Math.round(worst.ms)} ms: ${worst.text}`;
    return { ...check, status: 'warning', value: rows.length, detail };
  } catch (error) {
    // The extension exists, but the library is not loaded.
    if (errorCode(error) === objectNotInPrerequisiteState) return unknown;
    throw error;
  }
}

const objectNotInPrerequisiteState = '55000';

/** Counts the errors that the daemon recorded in system_events in the last day. */
async function checkErrors(client: ClientBase): Promise<HealthCheck> {
  const { rows } = await client.query<{ count: number; types: string | null }>(
    `select coalesce(sum(events), 0)::int as count, string_agg(event_type || ' ' || events, ', ' order by events desc) as types
     from (select event_type, count(*) as events from public.system_events
           where source = 'daemon' and severity in ('error', 'fatal') and created_at > now() - interval '1 day'
           group by event_type) as counted`,
  );
  const { count, types } = required(rows[0], 'the count of errors');
  return {
    check_name: 'recent_errors',
    status: count === 0 ? 'ok' : 'warning',
    value: count,
    unit: 'events',
    detail: types === null ? 'none in a day' : `in a day: ${types}`,
  };
}
