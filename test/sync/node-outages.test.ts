import { pino } from 'pino';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NodeError } from '../../src/chain/errors.ts';
import { createPool } from '../../src/db/client.ts';
import { NodeOutages, readOutage } from '../../src/sync/node-outages.ts';
import { createMigratedDatabase, type TestDatabase } from '../support/postgres.ts';

const logger = pino({ level: 'silent' });
let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await createMigratedDatabase();
  pool = createPool({
    connectionString: database.url,
    applicationName: 'test',
    onConnectionError: () => undefined,
  });
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

const events = async () =>
  (
    await pool.query<{ type: string }>(
      `select event_type as type from system_events where event_type like 'node%' order by created_at`,
    )
  ).rows.map(({ type }) => type);

test('an outage is told once at its beginning and once at its end, by whichever daemon sees that', async () => {
  const first = new NodeOutages(pool, 1, logger);
  first.answered();
  first.failed(new Error('the database, say'));
  await first.settled();
  expect(await events()).toEqual([]);
  for (let attempt = 0; attempt < 3; attempt += 1)
    first.failed(new NodeError('nobody there', { kind: 'unreachable', method: 'eth_blockNumber' }));
  await first.settled();
  expect(await readOutage(pool, 1)).toMatchObject({ error: 'nobody there' });
  expect(await readOutage(pool, 2)).toBeNull();

  const restarted = new NodeOutages(pool, 1, logger);
  restarted.answered();
  restarted.answered();
  await restarted.settled();
  expect(await readOutage(pool, 1)).toBeNull();
  expect(await events()).toEqual(['node_lost', 'node_back']);
});
