import { Client } from 'pg';
import { PgBoss } from 'pg-boss';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { JobQueue } from '../../../src/engine/queue/job-queue.ts';
import { createMigratedDatabase } from '../../support/postgres.ts';
import type { TestDatabase } from '../../support/postgres.ts';

const chainId = 1;

let database: TestDatabase;
let queue: JobQueue;
let sender: Client;
let observer: Client;

beforeEach(async () => {
  database = await createMigratedDatabase();
  queue = await JobQueue.start({
    chainId: 1,
    connectionString: database.url,
    applicationName: 'test',
    logger: pino({ level: 'silent' }),
  });
  [sender, observer] = [
    new Client({ connectionString: database.url }),
    new Client({ connectionString: database.url }),
  ];
  await Promise.all([sender.connect(), observer.connect()]);
  await sender.query('create table work (done int)');
});

afterEach(async () => {
  await queue.stop();
  await Promise.all([sender.end(), observer.end()]);
  await database.drop();
});

async function workDone(): Promise<number> {
  const { rows } = await observer.query<{ count: number }>('select count(*)::int as count from work');
  return rows[0]?.count ?? 0;
}

test('a wake-up exists after its transaction commits, and not after a rollback', async () => {
  const seen: number[] = [];
  await sender.query('begin');
  await sender.query('insert into work values (1)');
  await queue.send(sender, 'receipts', { chainId });
  await sender.query('rollback');
  await sender.query('begin');
  await sender.query('insert into work values (1)');
  await queue.send(sender, 'confirmation', { chainId });
  await sender.query('commit');
  await queue.work('receipts', () => Promise.reject(new Error('there is no such job')));
  await queue.work('confirmation', async () => void seen.push(await workDone()));
  await expect.poll(() => seen).toEqual([1]);
});

test('a waiting wake-up is not processed before the transaction that sent another one has committed', async () => {
  const seen: number[] = [];
  await queue.send(sender, 'receipts', { chainId });
  await sender.query('begin');
  await sender.query('insert into work values (1)');
  await queue.send(sender, 'receipts', { chainId });
  await queue.work('receipts', async () => void seen.push(await workDone()));
  // Longer than fetching an unlocked job takes.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await sender.query('commit');
  await expect.poll(() => seen.at(-1)).toBe(1);
});

test('many wake-ups of one chain become one waiting job', async () => {
  for (let sent = 0; sent < 5; sent++) await queue.send(sender, 'projection', { chainId });
  const { rows } = await observer.query(
    `select count(*)::int as waiting from pgboss.job where name = 'projection-1' and state = 'created'`,
  );
  expect(rows).toEqual([{ waiting: 1 }]);
});

test('two chains in one database never take each other’s wake-ups', async () => {
  const other = await JobQueue.start({
    chainId: 2,
    connectionString: database.url,
    applicationName: 'test of another chain',
    logger: pino({ level: 'silent' }),
  });
  try {
    const seen: string[] = [];
    await queue.work('receipts', async (job) => void seen.push(`1 got ${job.chainId}`));
    await other.work('receipts', async (job) => void seen.push(`2 got ${job.chainId}`));
    for (const sent of [2, 1, 2, 1]) {
      const before = seen.length;
      await queue.send(sender, 'receipts', { chainId: sent });
      await expect.poll(() => seen.length).toBe(before + 1);
    }
    expect(seen).toEqual(['2 got 2', '1 got 1', '2 got 2', '1 got 1']);
  } finally {
    await other.stop();
  }
});

test('links that an earlier version left in the queue of all chains are still made', async () => {
  const boss = new PgBoss({ connectionString: database.url, schema: 'pgboss' });
  boss.on('error', () => undefined);
  await boss.start();
  await boss.createQueue('links', { policy: 'standard' });
  await boss.send('links', { chainId: 3, productIds: ['a'] });
  await boss.send('links', { chainId: 4, productIds: ['b'] });
  await boss.stop({ graceful: false, close: true });
  const started = await JobQueue.start({
    chainId: 3,
    connectionString: database.url,
    applicationName: 'test of a newer version',
    logger: pino({ level: 'silent' }),
  });
  try {
    const seen: unknown[] = [];
    await started.work('links', async (job) => void seen.push(job));
    await expect.poll(() => seen).toEqual([{ chainId: 3, productIds: ['a'] }]);
    const left = await observer.query(`select data from pgboss.job where name = 'links'`);
    expect(left.rows).toEqual([{ data: { chainId: 4, productIds: ['b'] } }]);
  } finally {
    await started.stop();
  }
});
