/** Faults of PostgreSQL and its connections while the daemon works: no data is lost or duplicated. */
import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { Client } from 'pg';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { startPostgres } from '../../../src/devnet/postgres/postgres.ts';
import { makeTemporaryFolder } from '../../../src/devnet/data-folder/files.ts';
import { followChain } from '../../support/followed-chain.ts';
import { startPostgresProxy } from '../../support/postgres-proxy.ts';
import { chainTableContents } from '../../support/tables.ts';

const chain = followChain();

async function expectCleanFold(databaseUrl = chain.databaseUrl): Promise<void> {
  const url = await chain.anotherDatabase();
  await chain.start({ databaseUrl: url }).projected(await chain.head());
  expect(await chainTableContents(databaseUrl)).toEqual(await chainTableContents(url));
}

test('a COMMIT whose answer is lost is not done twice, wherever it is lost', async () => {
  await using proxy = await startPostgresProxy(chain.databaseUrl);
  let commits = 0;
  let lost = 0;
  proxy.losesCommit = () => {
    commits += 1;
    // The 1st, 3rd, 6th, 10th, … commit, so that work that needs many commits in a row succeeds eventually.
    const isLost = Number.isInteger((Math.sqrt(8 * commits + 1) - 1) / 2);
    if (isLost) lost += 1;
    return isLost;
  };
  const daemon = chain.start({ databaseUrl: proxy.url });
  await daemon.projected(await chain.head());
  for (const name of ['A', 'B', 'C']) await daemon.projected(await chain.register(name));
  proxy.losesCommit = null;
  await daemon.projected(await chain.register('D'));
  expect(lost).toBeGreaterThan(5);
  // It led from the beginning, and detected that although the answer was lost.
  expect(await chain.query('select epoch::int from ledger.leaders')).toEqual([{ epoch: 1 }]);
  await expectCleanFold();
});

test('sessions that are ended are made anew', async () => {
  const daemon = chain.start();
  await daemon.projected(await chain.head());
  for (const name of ['A', 'B', 'C']) {
    await chain.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'tracechain %' and datname = current_database()`,
    );
    await daemon.projected(await chain.register(name));
  }
  await expectCleanFold();
});

test('jobs that can’t be started are started when the database is back', async () => {
  let starts = 0;
  const daemon = chain.start({
    startJobs: async ({ queue }) => {
      starts += 1;
      await queue.work('maintenance', async () => undefined);
      if (starts === 1) throw Object.assign(new Error('terminating connection'), { code: '57P01' });
    },
  });
  await daemon.projected(await chain.register('A'));
  expect(starts).toBe(2);
});

test.each([
  ['a full disk', '53100'],
  ['a serialization failure', '40001'],
  ['a deadlock', '40P01'],
])('%s is waited out, and parks nothing', async (_, state) => {
  const daemon = chain.start();
  await daemon.projected(await chain.head());
  // A sequence is not rolled back with the failed transaction.
  await chain.query(`
    create sequence attempts;
    create function fail_at_first() returns trigger language plpgsql as $$
      begin
        if nextval('attempts') <= 3 then raise exception 'failing on purpose' using errcode = '${state}'; end if;
        return null;
      end $$;
    create trigger fail_at_first before insert on products for each statement execute function fail_at_first();`);
  const head = await chain.register('A');
  await daemon.projected(head);
  expect(await chain.query(`select last_value::int > 3 as was_tried from attempts`)).toEqual([
    { was_tried: true },
  ]);
  expect(await chain.query('select * from ledger.parked')).toEqual([]);
  await expectCleanFold();
});

test('a server that restarts is waited for', async () => {
  const folder = await makeTemporaryFolder('test');
  const options = {
    dataFolder: join(folder, 'postgres'),
    logger: pino({ level: 'silent' }),
    settings: { fsync: 'off' },
  };
  let server = await startPostgres(options);
  const { port } = server;
  try {
    const administration = server.connectionString('postgres');
    const client = new Client({ connectionString: administration });
    await client.connect();
    await client.query('create database restarted template template0');
    await client.end();
    const databaseUrl = server.connectionString('restarted');
    const daemon = chain.start({ databaseUrl });
    await daemon.projected(await chain.head());
    await server.stop();
    await chain.register('A');
    server = await startPostgres({ ...options, preferredPort: port });
    await daemon.projected(await chain.register('B'));
    await expectCleanFold(databaseUrl);
    await daemon.stop();
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
