/** Generated lives: what they say, and what becomes of them in a database. */
import { createPool } from '../../src/db/client.ts';
import { chainTable } from '../../src/engine/tables.ts';
import { generateDataset } from '../../src/devnet/dataset/dataset.ts';
import { saveDataset } from '../../src/devnet/dataset/rows.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { getTableName } from 'drizzle-orm';
import type { Pool } from 'pg';
import { createMigratedDatabase, type TestDatabase } from '../support/postgres.ts';
import { devnetTables } from '../support/devnet-areas.ts';
import { chainTableContents } from '../support/tables.ts';

const chainId = 4242;

const told = (seed: number, events: number) =>
  [...generateDataset({ seed, events, chainId }).blocks].map(({ header, events: made }) => ({
    header,
    events: made.map(({ name, args, answer, log }) => ({ name, args, answer, log })),
  }));

describe('a generated dataset', () => {
  test('is the same for the same seed, and different for another seed', () => {
    expect(told(7, 1500)).toEqual(told(7, 1500));
    expect(told(8, 1500).at(-1)).not.toEqual(told(7, 1500).at(-1));
  });

  test.each([1, 700, 5000])('has at least %i events and few more', (events) => {
    const made = told(1, events).reduce((sum, block) => sum + block.events.length, 0);
    expect(made).toBeGreaterThanOrEqual(events);
    expect(made).toBeLessThan(events + 200);
  });
});

describe('a generated dataset in a database', () => {
  const databases: TestDatabase[] = [];
  const pools: Pool[] = [];

  async function saved(seed: number, events: number): Promise<{ url: string; pool: Pool }> {
    const database = await createMigratedDatabase();
    databases.push(database);
    const pool = createPool({
      connectionString: database.url,
      applicationName: 'test',
      onConnectionError: () => undefined,
    });
    pools.push(pool);
    await saveDataset(pool, { seed, events, chainId });
    return { url: database.url, pool };
  }

  let url: string;
  let pool: Pool;

  beforeAll(async () => {
    ({ url, pool } = await saved(3, 6000));
  });

  afterAll(async () => {
    await Promise.all(pools.map(async (each) => await each.end()));
    await Promise.all(databases.map(async (each) => await each.drop()));
  });

  test('has the same rows wherever it is saved', async () => {
    const other = await saved(3, 6000);
    expect(await chainTableContents(other.url)).toEqual(await chainTableContents(url));
  });

  test('fills the tables of supply chains', async () => {
    const empty: string[] = [];
    for (const { table } of [...devnetTables].map((name) => chainTable(name))) {
      const name = getTableName(table);
      if (name === 'system_events') continue;
      const { rowCount } = await pool.query(`select from public."${name}" limit 1`);
      if (rowCount === 0) empty.push(name);
    }
    // What an administrator (whose events are in system_events, beside the daemon's), a milestone, a dispute, a vesting plan or a factory makes isn't in it.
    expect(empty.toSorted()).toEqual([
      'factory_contracts',
      'payment_disputes',
      'payment_milestones',
      'vesting_schedules',
    ]);
  });

  test('is confirmed, balanced, linked and uneven', async () => {
    const { rows } = await pool.query(`select
      (select count(*)::int from trace_token_transactions where status <> 'confirmed') as pending,
      (select count(*)::int from token_balances where balance < 0) as overdrawn,
      (select count(*)::int from nft_certificates where product_id is not null) > 0 as linked,
      (select max(made) > 2 * avg(made) from (select count(*) as made from products group by manufacturer_id) as makers) as uneven`);
    expect(rows).toEqual([{ pending: 0, overdrawn: 0, linked: true, uneven: true }]);
  });
});
