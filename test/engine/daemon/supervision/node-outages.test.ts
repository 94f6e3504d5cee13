import { pino } from 'pino';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NodeError } from '../../../../src/engine/rpc/errors.ts';
import { createPool } from '../../../../src/db/client.ts';
import { NodeOutages, readOutage } from '../../../../src/engine/daemon/supervision/node-outages.ts';
import { createMigratedDatabase, type TestDatabase } from '../../../support/postgres.ts';

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

const events = async (chainId: number) =>
  (
    await pool.query<{ type: string }>(
      `select event_type as type from system_events
       where event_type like 'node%' and event_data ->> 'chainId' = $1 order by created_at`,
      [String(chainId)],
    )
  ).rows.map(({ type }) => type);

const fault = () => new NodeError('nobody there', { kind: 'unreachable', method: 'eth_blockNumber' });

test('an outage is reported once at its beginning and once at its end, by whichever daemon sees that', async () => {
  const first = new NodeOutages(pool, 1, logger);
  first.answered('ingest');
  first.failed('ingest', new Error('the database, say'));
  await first.settled();
  expect(await events(1)).toEqual([]);
  for (let attempt = 0; attempt < 3; attempt += 1) first.failed('ingest', fault());
  await first.settled();
  expect(await readOutage(pool, 1)).toMatchObject({ error: 'nobody there' });
  expect(await readOutage(pool, 2)).toBeNull();

  const restarted = new NodeOutages(pool, 1, logger);
  restarted.answered('ingest');
  restarted.answered('ingest');
  await restarted.settled();
  expect(await readOutage(pool, 1)).toBeNull();
  expect(await events(1)).toEqual(['node_lost', 'node_back']);
});

test('an outage ends when every user of the nodes is served again, with one line in the log', async () => {
  const lines: unknown[] = [];
  const logged = pino({}, { write: (line) => lines.push(JSON.parse(line)) });
  const outages = new NodeOutages(pool, 3, logged);
  for (let round = 0; round < 3; round += 1) {
    outages.answered('head');
    outages.failed('ingest', fault());
  }
  outages.failed('head', fault());
  outages.answered('ingest');
  await outages.settled();
  expect(await events(3)).toEqual(['node_lost']);
  expect(lines).toEqual([]);
  outages.answered('head');
  outages.answered('ingest');
  await outages.settled();
  expect(await events(3)).toEqual(['node_lost', 'node_back']);
  expect(lines).toEqual([expect.objectContaining({ level: 30, msg: 'back: a node answers again' })]);
});
