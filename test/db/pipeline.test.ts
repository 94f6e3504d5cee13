import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createPool, withTransaction } from '../../src/db/client.ts';
import { pipelined } from '../../src/db/pipeline.ts';
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

it('tasks of a transaction run in the given order', async () => {
  await withTransaction(pool, async (client) => {
    await pipelined(client, [
      async () => await client.query('insert into noted values ($1)', [1]),
      async () => await client.query('update noted set id = id + $1', [1]),
      async () => await client.query('insert into noted values ($1)', [1]),
    ]);
  });
  expect(await noted()).toEqual([1, 2]);
});

it('the first failure is thrown, and a transaction whose tasks continue after it leaves no changes', async () => {
  const failing = withTransaction(pool, async (client) => {
    await pipelined(client, [
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

it('the task that failed reports the failure, even if a dependent task ends earlier', async () => {
  const failing = withTransaction(pool, async (client) => {
    await pipelined(client, [
      async () => {
        await pipelined(client, [
          async () => await client.query('insert into noted values ($1), ($1)', [1]),
          async () => {
            await client.query('select').catch(() => undefined);
            await client.query('select');
          },
        ]);
      },
      async () => await client.query('select'),
    ]);
  });
  await expect(failing).rejects.toMatchObject({ code: '23505' });
});

it('a transaction with a failed statement is not considered committed, even if the failure was ignored', async () => {
  const careless = withTransaction(pool, async (client) => {
    await client.query('insert into noted values ($1)', [1]);
    await client.query('insert into noted values ($1)', [1]).catch(() => undefined);
  });
  await expect(careless).rejects.toThrow('a statement failed');
  expect(await noted()).toEqual([]);
});
