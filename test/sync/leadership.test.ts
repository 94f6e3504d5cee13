import type { Pool } from 'pg';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPool, withTransaction } from '../../src/db/client.ts';
import { sleep } from '../../src/primitives/time.ts';
import { LeadershipLostError, newInstance, sessionName, takeLead } from '../../src/sync/leadership.ts';
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
  return { pool, lead };
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
