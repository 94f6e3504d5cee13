import type { Pool } from 'pg';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPool, withTransaction } from '../../src/db/client.ts';
import { sleep } from '../../src/primitives/time.ts';
import { together } from '../../src/db/pipeline.ts';
import {
  Candidacy,
  LeadershipLostError,
  newInstance,
  sessionName,
  takeLead,
} from '../../src/sync/leadership.ts';
import { createMigratedDatabase, type TestDatabase } from '../support/postgres.ts';

const chainId = 1;
const times = { heartbeatMs: 50, staleAfterMs: 200, confirmMs: 150 };
const logger = pino({ level: 'silent' });
const never = new AbortController().signal;

let database: TestDatabase;
let pools: Pool[];

beforeEach(async () => {
  database = await createMigratedDatabase();
  pools = [];
});

afterEach(async () => {
  await Promise.all(pools.map(async (pool) => await pool.end()));
  await database.drop();
});

/** A daemon as far as leading goes. */
function candidate() {
  const instance = newInstance();
  const pool = createPool({
    connectionString: database.url,
    applicationName: sessionName(instance),
    onConnectionError: () => undefined,
  });
  pools.push(pool);
  const lead = async (signal: AbortSignal = never) =>
    await takeLead(pool, { chainId, instance, times, logger, signal });
  const candidacy = new Candidacy(pool, { chainId, instance, times, logger });
  return { pool, lead, attempt: async () => await candidacy.attempt() };
}

test('a second daemon stands by while the first renews its heartbeat, and leads when that gives the lead away', async () => {
  const first = candidate();
  const second = candidate();
  const lease = await first.lead();
  let hasTakenOver = false;
  const waiting = second.lead().then((taken) => {
    hasTakenOver = true;
    return taken;
  });
  for (let beat = 0; beat < 10; beat += 1) {
    await lease.renew(first.pool);
    await sleep(times.heartbeatMs);
  }
  expect(hasTakenOver).toBe(false);
  await lease.release(first.pool);
  expect((await waiting).epoch).toBe(lease.epoch + 1);
});

test('a leader whose heartbeat went stale is replaced, its open transaction is ended, and it writes nothing afterwards', async () => {
  const frozen = candidate();
  const heir = candidate();
  const lease = await frozen.lead();
  const writing = withTransaction(frozen.pool, async (client) => {
    await lease.fence(client);
    await heir.lead();
    await client.query(
      `insert into ledger.settings (key, value) values ('written by', '"the frozen leader"')`,
    );
  });
  // Its session was ended, or its transaction found another epoch: either way it fails.
  await expect(writing).rejects.toBeInstanceOf(Error);
  const { rows } = await heir.pool.query(`select value from ledger.settings where key = 'written by'`);
  expect(rows).toEqual([]);

  const again = withTransaction(frozen.pool, async (client) => await lease.fence(client));
  await expect(again).rejects.toBeInstanceOf(LeadershipLostError);
  await expect(lease.renew(frozen.pool)).rejects.toBeInstanceOf(LeadershipLostError);
  expect(lease.lost.aborted).toBe(true);
});

test('where everything stood still, the leader has the time to renew its heartbeat', async () => {
  const first = candidate();
  const lease = await first.lead();
  await sleep(times.staleAfterMs + 50);
  const stop = new AbortController();
  const waiting = candidate().lead(stop.signal);
  // The standby has looked, and found the heartbeat old.
  await sleep(times.confirmMs / 2);
  for (let beat = 0; beat < 10; beat += 1) {
    await lease.renew(first.pool);
    await sleep(times.heartbeatMs);
  }
  stop.abort(new Error('over'));
  await expect(waiting).rejects.toThrow('over');
});

test('a candidate that hasn’t seen the heartbeat stand still all the while begins anew', async () => {
  const lease = await candidate().lead();
  await sleep(times.staleAfterMs + 50);
  const { pool, attempt } = candidate();
  const isSilent = { lease: null, isSilent: true };
  expect(await attempt()).toMatchObject(isSilent);
  // As where the machine stood still between two looks: the leader has had no time yet.
  await sleep(times.confirmMs * 2);
  expect(await attempt()).toMatchObject(isSilent);
  // As where the database was away.
  await pool.query('alter table ledger.heartbeats rename to heartbeats_away');
  await expect(attempt()).rejects.toMatchObject({ code: '42P01' });
  await pool.query('alter table ledger.heartbeats_away rename to heartbeats');
  expect(await attempt()).toMatchObject(isSilent);
  await sleep(times.confirmMs / 2);
  expect(await attempt()).toMatchObject(isSilent);
  await sleep(times.confirmMs);
  expect((await attempt()).lease?.epoch).toBe(lease.epoch + 1);
});

test('PostgreSQL refuses what a former leader sends behind its fence', async () => {
  const former = candidate();
  const lease = await former.lead();
  await candidate().lead();
  const pool = createPool({
    connectionString: database.url,
    applicationName: 'former leader',
    isPipelined: true,
    onConnectionError: () => undefined,
  });
  pools.push(pool);
  const refused: unknown[] = [];
  const writing = withTransaction(pool, async (client) => {
    await together(client, [
      async () => await lease.fence(client),
      async () => {
        await client.query(`insert into ledger.settings values ('late', '1')`).catch((error: unknown) => {
          refused.push(error);
        });
      },
    ]);
  });
  await expect(writing).rejects.toBeInstanceOf(LeadershipLostError);
  expect(refused).toMatchObject([{ code: '25P02' }]);
});

test('of many that start at once exactly one leads', async () => {
  const stop = new AbortController();
  let leaders = 0;
  const attempts = Array.from({ length: 4 }, async () => {
    await candidate().lead(stop.signal);
    leaders += 1;
  });
  await sleep(times.staleAfterMs / 2);
  expect(leaders).toBe(1);
  stop.abort(new Error('over'));
  const outcomes = await Promise.allSettled(attempts);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});
