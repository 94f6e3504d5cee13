import type { Pool } from 'pg';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPool, withTransaction } from '../../../src/db/client.ts';
import { sleep } from '../../../src/primitives/time.ts';
import { pipelined } from '../../../src/db/pipeline.ts';
import {
  type Attempt,
  LeaderElection,
  LeadershipLostError,
  newInstance,
  sessionName,
  acquireLease,
} from '../../../src/engine/leader/leadership.ts';
import { createMigratedDatabase, type TestDatabase } from '../../support/postgres.ts';

const chainId = 1;
/** Short times: a leader without a heartbeat is replaced within half a second. */
const times = { heartbeatMs: 50, staleAfterMs: 200, confirmMs: 150 };
/**
 * No heartbeat becomes stale by itself, and an artificially stale one is confirmed after the minimum number of observations, regardless of
 * their duration.
 */
const patient = { heartbeatMs: 50, staleAfterMs: 600_000, confirmMs: 0 };
const logger = pino({ level: 'silent' });

let database: TestDatabase;
let pools: Pool[];
/** Released at the end of the test in any case: a waiting candidate must not outlive its connections. */
let over: AbortController;
let waiting: Promise<unknown>[];

beforeEach(async () => {
  database = await createMigratedDatabase();
  pools = [];
  over = new AbortController();
  waiting = [];
});

afterEach(async () => {
  over.abort(new Error('over'));
  await Promise.allSettled(waiting);
  await Promise.all(pools.map(async (pool) => await pool.end()));
  await database.drop();
});

/** The part of a daemon that acquires and renews the lease. */
function candidate(its = times) {
  const instance = newInstance();
  const pool = createPool({
    connectionString: database.url,
    applicationName: sessionName(instance),
    onConnectionError: () => undefined,
  });
  pools.push(pool);
  const lead = async (log = logger) => {
    const taking = acquireLease(pool, { chainId, instance, times: its, logger: log, signal: over.signal });
    waiting.push(taking);
    return await taking;
  };
  const candidacy = new LeaderElection(pool, { chainId, instance, times: its, logger });
  return { pool, lead, attempt: async () => await candidacy.attempt() };
}

type Candidate = ReturnType<typeof candidate>;

/** Makes the heartbeat an hour old. */
async function ageHeartbeat(pool: Pool): Promise<void> {
  await pool.query(`update ledger.heartbeats set heartbeat_at = clock_timestamp() - interval '1 hour'`);
}

test('a second daemon stands by while the first renews its heartbeat, and leads when the first releases the lease', async () => {
  const first = candidate(patient);
  const lease = await first.lead();
  const standingBy = Promise.withResolvers<void>();
  const second = candidate(patient).lead(
    pino({}, { write: (line) => line.includes('standing by') && standingBy.resolve() }),
  );
  await Promise.race([standingBy.promise, second]);
  await lease.renew(first.pool);
  await lease.release(first.pool);
  expect((await second).epoch).toBe(lease.epoch + 1);
});

test('a leader with a stale heartbeat is replaced, its open transaction is terminated, and it writes nothing afterwards', async () => {
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
  // Its session was terminated, or its transaction found another epoch. It fails in both cases.
  await expect(writing).rejects.toBeInstanceOf(Error);
  const { rows } = await heir.pool.query(`select value from ledger.settings where key = 'written by'`);
  expect(rows).toEqual([]);

  const again = withTransaction(frozen.pool, async (client) => await lease.fence(client));
  await expect(again).rejects.toBeInstanceOf(LeadershipLostError);
  await expect(lease.renew(frozen.pool)).rejects.toBeInstanceOf(LeadershipLostError);
  expect(lease.lost.aborted).toBe(true);
});

const lives = { lease: null, isSilent: false };
const isSilent = { lease: null, isSilent: true };

test('after a pause of all processes, the leader has time to renew its heartbeat', async () => {
  const first = candidate(patient);
  const lease = await first.lead();
  const { attempt } = candidate(patient);
  for (let beat = 0; beat < 3; beat += 1) {
    expect(await attempt()).toMatchObject(lives);
    await ageHeartbeat(first.pool);
    // One more observation would suffice.
    expect(await attempt()).toMatchObject(isSilent);
    expect(await attempt()).toMatchObject(isSilent);
    await lease.renew(first.pool);
  }
  expect(await attempt()).toMatchObject(lives);
});

test('a candidate that has not observed the stale heartbeat without interruption starts over', async () => {
  const first = candidate();
  const lease = await first.lead();
  await ageHeartbeat(first.pool);
  const { pool, attempt } = candidate();
  expect(await attempt()).toMatchObject(isSilent);
  // Simulates a pause of the machine between two observations: the leader has had no time yet.
  await sleep(times.confirmMs * 2);
  expect(await attempt()).toMatchObject(isSilent);
  // Simulates an outage of the database.
  await pool.query('alter table ledger.heartbeats rename to heartbeats_away');
  await expect(attempt()).rejects.toMatchObject({ code: '42P01' });
  await pool.query('alter table ledger.heartbeats_away rename to heartbeats');
  expect(await attempt()).toMatchObject(isSilent);
  expect(await attempt()).toMatchObject(isSilent);
  await sleep(times.confirmMs);
  expect((await attempt()).lease?.epoch).toBe(lease.epoch + 1);
});

test('a stale heartbeat is not confirmed before its time, regardless of the number of observations', async () => {
  const hours = { ...patient, confirmMs: 3_600_000 };
  const first = candidate(hours);
  await first.lead();
  await ageHeartbeat(first.pool);
  const { attempt } = candidate(hours);
  for (let look = 0; look < 10; look += 1) expect(await attempt()).toMatchObject(isSilent);
});

test('PostgreSQL refuses statements that a former leader sends behind its fence', async () => {
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
    await pipelined(client, [
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

test('exactly one of many simultaneous candidates leads, and exactly one again after it releases the lease', async () => {
  const attemptAll = async (all: readonly Candidate[]) =>
    await Promise.all(all.map(async ({ attempt }) => await attempt()));
  const leases = (attempts: readonly Attempt[]) => attempts.flatMap(({ lease }) => lease ?? []);
  const four = Array.from({ length: 4 }, () => candidate(patient));
  const first = await attemptAll(four);
  expect(leases(first)).toMatchObject([{ epoch: 1 }]);
  const others = four.filter((_, index) => first[index]?.lease === null);
  expect(first.filter(({ lease }) => lease === null)).toMatchObject([lives, lives, lives]);
  await leases(first)[0]?.release(candidate().pool);
  expect(leases(await attemptAll(others))).toMatchObject([{ epoch: 2 }]);
});
