/** What the queue does when PostgreSQL ends its connections. */
import { Client } from 'pg';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, inject, onTestFinished, test } from 'vitest';
import { JobQueue } from '../../../src/engine/queue/job-queue.ts';
import { QueueDatabase } from '../../../src/engine/queue/queue-database.ts';
import { startPostgresProxy } from '../../support/postgres-proxy.ts';
import { createMigratedDatabase, type TestDatabase } from '../../support/postgres.ts';

const chainId = 1;
const applicationName = 'test of queue connections';

let database: TestDatabase;
let client: Client;
let logged: { readonly msg: string; readonly err?: { readonly code?: string } }[];
const logger = pino({}, { write: (line) => void logged.push(JSON.parse(line)) });

beforeEach(async () => {
  logged = [];
  database = await createMigratedDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});

afterEach(async () => {
  await client.end();
  await database.drop();
});

async function startQueue(connectionString = database.url): Promise<JobQueue> {
  return await JobQueue.start({ chainId, connectionString, applicationName, logger });
}

/** The backends that listen: a subscription is the last statement of its session, or one that looks after it. */
async function listeners(): Promise<number[]> {
  const { rows } = await client.query<{ pid: number }>(
    `select pid from pg_stat_activity where application_name = $1 and query ~* '^listen |pg_listening_channels'`,
    [applicationName],
  );
  return rows.map(({ pid }) => pid);
}

function catchUncaught(): Error[] {
  const uncaught: Error[] = [];
  const keep = (error: Error): void => void uncaught.push(error);
  process.on('uncaughtException', keep);
  onTestFinished(() => void process.off('uncaughtException', keep));
  return uncaught;
}

test('a queue that stops while the server terminates its sessions does not end the process', async () => {
  const uncaught = catchUncaught();
  await using proxy = await startPostgresProxy(database.url);
  const queue = await startQueue(proxy.url);
  await queue.work('receipts', () => Promise.resolve());
  proxy.terminatesEnding = true;
  await queue.stop();
  await expect.poll(() => proxy.connections).toBe(0);
  expect(uncaught).toEqual([]);
});

test('a queue whose listener was terminated listens again, and is woken as promptly as before', async () => {
  const queue = await startQueue();
  try {
    const seen: number[] = [];
    await queue.work('receipts', async () => void seen.push(1));
    const [before] = await listeners();
    expect(before).toBeDefined();
    await client.query('select pg_terminate_backend($1)', [before]);
    await expect
      .poll(async () => (await listeners()).filter((pid) => pid !== before).length, { timeout: 10_000 })
      .toBe(1);
    // Without notifications, each job waits for a poll, two seconds after the one before.
    const startMs = performance.now();
    for (let sent = 1; sent <= 4; sent++) {
      await queue.send(client, 'receipts', { chainId });
      await expect.poll(() => seen.length, { interval: 5, timeout: 5_000 }).toBe(sent);
    }
    expect(performance.now() - startMs).toBeLessThan(4_000);
    expect(logged.map(({ msg }) => msg)).toContain('queue error');
  } finally {
    await queue.stop();
  }
});

test('a stopped queue keeps no connection', async () => {
  const queue = await startQueue();
  await queue.work('receipts', () => Promise.resolve());
  await queue.stop();
  const open = async () =>
    (await client.query('select from pg_stat_activity where application_name = $1', [applicationName]))
      .rowCount;
  await expect.poll(open).toBe(0);
});

test('a queue notices that the network to its listener was lost without a sign, and listens again', async () => {
  await using proxy = await startPostgresProxy(database.url);
  const channel = 'test_channel';
  const received: string[] = [];
  let listened = 0;
  const connections = new QueueDatabase({
    connectionString: proxy.url,
    applicationName,
    logger,
    listenerTimes: { checkMs: 20, answerMs: 200, shortestWaitMs: 20, longestWaitMs: 100 },
  });
  const handle = await connections.listen(
    channel,
    (payload) => void received.push(payload),
    () => (listened += 1),
  );
  expect(listened).toBe(1);
  proxy.isBlackHole = true;
  await expect.poll(() => logged.map(({ err }) => err?.code)).toContain('database/unreachable');
  proxy.isBlackHole = false;
  await expect.poll(() => listened, { timeout: 20_000 }).toBe(2);
  await client.query(`select pg_notify($1, 'here')`, [channel]);
  await expect.poll(() => received).toEqual(['here']);
  await client.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [
    applicationName,
  ]);
  await expect.poll(() => listened).toBe(3);
  await handle.close();
  await connections.close();
});

test('a queue whose first attempt to listen fails listens later', async () => {
  const connections = new QueueDatabase({
    connectionString: database.url,
    applicationName,
    logger,
    listenerTimes: { checkMs: 20, answerMs: 200, shortestWaitMs: 20, longestWaitMs: 100 },
  });
  const name = new URL(database.url).pathname.slice(1);
  const allowConnections = async (isAllowed: boolean): Promise<void> => {
    const administrator = new Client({ connectionString: inject('postgresUrl') });
    await administrator.connect();
    await administrator.query(`alter database ${name} allow_connections ${isAllowed}`);
    await administrator.end();
  };
  let listened = 0;
  await allowConnections(false);
  const handle = await connections.listen(
    'test_channel',
    () => undefined,
    () => (listened += 1),
  );
  expect(listened).toBe(0);
  await allowConnections(true);
  await expect.poll(() => listened).toBe(1);
  await handle.close();
  await connections.close();
});
