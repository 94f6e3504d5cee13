/** What `tracechain status` counts as a problem: each with what to do, and exit code 1. */
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createMigratedDatabase, type TestDatabase } from '../support/postgres.ts';
import { runTracechain } from './run.ts';

let database: TestDatabase;
let client: Client;
const hash = `'\\x${'ab'.repeat(32)}'::bytea`;
const leaderInstance = '00000000-0000-4000-8000-000000000001';

beforeAll(async () => {
  database = await createMigratedDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(`
    insert into ledger.chains (chain_id, genesis_hash, head_number, head_hash, final_number, final_hash)
      values (31337, ${hash}, 120, ${hash}, 90, ${hash});
    insert into ledger.cursors (chain_id, stream, block_number, block_hash, epoch)
      values (31337, 'ingest', 118, ${hash}, 1), (31337, 'projection', 110, ${hash}, 1);
    insert into ledger.leaders (chain_id, epoch, instance, host, pid)
      values (31337, 1, '${leaderInstance}', 'here', 4711);
    insert into ledger.heartbeats (chain_id, epoch, heartbeat_at) values (31337, 1, now());
    insert into ledger.projection_versions (chain_id, area, version) values (31337, 'token', 1)`);
});
afterAll(async () => {
  await client.end();
  await database.drop();
});
beforeEach(async () => {
  await client.query(`update ledger.heartbeats set heartbeat_at = now();
    update ledger.cursors set updated_at = now();
    update ledger.projection_versions set stale_from = null`);
});

interface Shown {
  readonly problems: readonly { readonly code: string; readonly message: string; readonly fix: string }[];
  readonly standbys: readonly { readonly since: string }[];
}

async function problems(...words: readonly string[]): Promise<string[]> {
  const { code, output } = await runTracechain(['status', '--json', ...words], {
    environment: { DATABASE_URL: database.url },
  });
  const shown = JSON.parse(output) as Shown;
  expect(code).toBe(shown.problems.length > 0 ? 1 : 0);
  for (const { message, fix } of shown.problems) expect([message, fix]).not.toContain('');
  return shown.problems.map((problem) => problem.code);
}

test('status reports no problem of a chain with a leader and current rows', async () => {
  expect(await problems()).toEqual([]);
  const { code, output } = await runTracechain(['status'], { environment: { DATABASE_URL: database.url } });
  expect(code).toBe(0);
  expect(output).toContain('No problems.');
  expect(output).toMatch(/^projected +block 110, \d+ s ago/m);
});

test('the read-only role can run status', async () => {
  const url = new URL(database.url);
  url.searchParams.set('options', '-c role=tracechain_readonly');
  const { code } = await runTracechain(['status'], { environment: { DATABASE_URL: url.href } });
  expect(code).toBe(0);
});

test('status reports a missing leader', async () => {
  await client.query(`update ledger.heartbeats set heartbeat_at = now() - interval '1 minute'`);
  expect(await problems()).toEqual(['no-leader']);
  await client.query(`update ledger.heartbeats set heartbeat_at = '-infinity'`);
  expect(await problems()).toEqual(['no-leader']);
});

test('status reports rows that are too old or too far behind the head', async () => {
  expect(await problems('--max-lag', '9')).toEqual(['behind']);
  expect(await problems('--max-lag', '10')).toEqual([]);
  await client.query(`update ledger.cursors set updated_at = now() - interval '30 seconds'`);
  expect(await problems('--max-age', '20')).toEqual(['not-moving']);
  expect(await problems()).toEqual([]);
  await client.query(`update ledger.cursors set updated_at = now() - interval '1 hour'`);
  expect(await problems()).toEqual(['not-moving']);
});

test('status reports stale areas, with the command that fixes them', async () => {
  await client.query('update ledger.projection_versions set stale_from = 7');
  expect(await problems()).toEqual(['stale-areas']);
  const { output } = await runTracechain(['status'], { environment: { DATABASE_URL: database.url } });
  expect(output).toMatch(/stale-areas +Rows are stale.*token from block 7 on/);
  expect(output).toContain('npx tracechain replay --stale');
});

test('status lists standbys, without the leader and commands', async () => {
  const sessions = ['', 'command '].map(
    (kind, index) =>
      new Client({
        connectionString: database.url,
        application_name: `tracechain ${kind}00000000-0000-4000-8000-00000000001${index}`,
      }),
  );
  sessions.push(
    new Client({ connectionString: database.url, application_name: `tracechain ${leaderInstance}` }),
  );
  await Promise.all(sessions.map(async (session) => await session.connect()));
  try {
    const { output } = await runTracechain(['status', '--json'], {
      environment: { DATABASE_URL: database.url },
    });
    expect((JSON.parse(output) as Shown).standbys).toEqual([
      { address: expect.anything(), since: expect.stringMatching(/^\d{4}-/) },
    ]);
  } finally {
    await Promise.all(sessions.map(async (session) => await session.end()));
  }
});
