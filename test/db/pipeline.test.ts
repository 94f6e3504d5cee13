import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createPool, withTransaction } from '../../src/db/client.ts';
import { together } from '../../src/db/pipeline.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool({
    connectionString: database.url,
    applicationName: 'pipeline test',
    onConnectionError: () => undefined,
    maximumConnections: 1,
    isPipelined: true,
  });
  await pool.query('create table noted (id int primary key)');
});
beforeEach(async () => {
  await pool.query('truncate noted');
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

async function noted(): Promise<number[]> {
  const { rows } = await pool.query<{ id: number }>('select id from noted order by id');
  return rows.map(({ id }) => id);
}

it('works of a transaction are done in the order in which they are given', async () => {
  await withTransaction(pool, async (client) => {
    await together(client, [
      async () => await client.query('insert into noted values ($1)', [1]),
      async () => await client.query('update noted set id = id + $1', [1]),
      async () => await client.query('insert into noted values ($1)', [1]),
    ]);
  });
  expect(await noted()).toEqual([1, 2]);
});

it('the failure that came first is thrown, and nothing is left of a transaction whose works go on after it', async () => {
  const failing = withTransaction(pool, async (client) => {
    await together(client, [
      async () => {
        await client.query('insert into noted values ($1)', [1]);
        await client.query('insert into noted values ($1)', [2]);
      },
      async () => await client.query('insert into noted values ($1)', [1]),
      async () => {
        await client.query('select');
        await client.query('insert into noted values ($1)', [3]);
      },
    ]);
  });
  await expect(failing).rejects.toMatchObject({ code: '23505' });
  expect(await noted()).toEqual([]);
});

it('nothing is begun where what must hold before doesn’t', async () => {
  let hasBegun = false;
  const refused = withTransaction(pool, async () => void (hasBegun = true), {
    opening: async (client) => {
      await client.query('select');
      throw new Error('refused');
    },
  });
  await expect(refused).rejects.toThrow('refused');
  expect(hasBegun).toBe(false);
});
