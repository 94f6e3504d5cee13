/** "Triggers > Update Triggers" of the seed document, and the integrity that it requires. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSeedDatabase, type SeedDatabase } from './database.ts';

let database: SeedDatabase;

beforeAll(async () => {
  database = await openSeedDatabase();
  await database.live(500);
  await database.rows('select * from update_analytics()');
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

const product = '(select id from products where product_id = 1)';

describe('Triggers > Update Triggers > Automatic timestamp updates for updated_at columns', () => {
  const updatedAt = async (table: string) =>
    await database.row(
      `select bool_and(updated_at = '2020-01-01Z') as given, bool_and(updated_at > now() - interval '1 minute') as touched
       from ${table}`,
    );

  it.each([
    ['users', 'company_name'],
    ['compliance_standards', 'description'],
  ])('%s, unless the statement sets the time', async (table, column) => {
    await database.client.query(`update ${table} set ${column} = 'x', updated_at = '2020-01-01Z'`);
    expect(await updatedAt(table)).toEqual({ given: true, touched: false });
    await database.client.query(`update ${table} set ${column} = 'y'`);
    expect(await updatedAt(table)).toEqual({ given: false, touched: true });
  });

  it('compliance_standards, unless an update changes nothing', async () => {
    await database.client.query(`update compliance_standards set updated_at = '2020-01-01Z'`);
    await database.client.query('update compliance_standards set category = category');
    expect(await updatedAt('compliance_standards')).toEqual({ given: true, touched: false });
  });

  it('staking_pools: set for the application’s pools, while a pool of the chain keeps its block’s time', async () => {
    await database.client.query(
      `insert into staking_pools (pool_name, pool_type, updated_at) values ('own', 'flexible', '2020-01-01Z');
       insert into staking_pools (pool_name, pool_type, updated_at, chain_id, smart_contract_address, block_number, block_hash, transaction_hash, log_index)
         values ('TRACE staking', 'governance', '2020-01-01Z', 1, '0x', 1, '0x', '0x', 1);
       update staking_pools set max_stake_amount = 5`,
    );
    expect(
      await database.rows(
        `select pool_name, updated_at > now() - interval '1 minute' as touched from staking_pools where chain_id is distinct from 4242 order by pool_name`,
      ),
    ).toEqual([
      { pool_name: 'TRACE staking', touched: false },
      { pool_name: 'own', touched: true },
    ]);
  });

  it('products: the block’s time, which the indexer gives', async () => {
    await database.client.query(`update products set is_active = false, updated_at = '2024-05-05Z'`);
    expect(await database.row(`select bool_and(updated_at = '2024-05-05Z') as kept from products`)).toEqual({
      kept: true,
    });
  });
});

describe('Triggers > Update Triggers > Cascade operations for related records', () => {
  it('a row that rows of the chain refer to cannot be deleted', async () => {
    await expect(database.client.query(`delete from products where id = ${product}`)).rejects.toMatchObject({
      code: '23503',
    });
    await expect(
      database.client.query(
        `delete from users where id = (select manufacturer_id from products where id = ${product})`,
      ),
    ).rejects.toMatchObject({ code: '23503' });
    await expect(database.client.query('delete from compliance_standards')).rejects.toMatchObject({
      code: '23503',
    });
  });

  it('no foreign key cascades to a row of the chain', async () => {
    expect(
      await database.rows(
        `select conrelid::regclass::text as table from pg_constraint
         where contype = 'f' and confdeltype = 'c'
           and exists (select from pg_attribute where attrelid = conrelid and attname = 'inexact_columns')`,
      ),
    ).toEqual([]);
  });

  it('deleting a product deletes its figures and clears links to it', async () => {
    const linked = `select count(*)::int from compliance_checkpoints where product_id is null`;
    const { count: before } = await database.row<{ count: number }>(linked);
    const { count: checks } = await database.row<{ count: number }>(
      `select count(*)::int from compliance_checkpoints where product_id = ${product}`,
    );
    expect(checks).toBeGreaterThan(0);
    await database.client.query(
      `update compliance_checkpoints set checkpoint_id = null where product_id = ${product};
       delete from traceability_chain where product_id = ${product}; delete from checkpoints where product_id = ${product}; delete from product_stakeholders where product_id = ${product};
       delete from products where id = ${product}`,
    );
    expect(await database.row(linked)).toEqual({ count: before + checks });
    expect(await database.rows(`select from product_analytics where product_id = ${product}`)).toEqual([]);
  });

  it('deleting a user without rows deletes the figures', async () => {
    const wallet = `0x${'7'.repeat(40)}`;
    await database.rows('insert into users (wallet_address) values ($1)', [wallet]);
    await database.rows('select * from update_analytics()');
    const { id } = await database.row<{ id: string }>(
      'delete from users where wallet_address = $1 returning id',
      [wallet],
    );
    expect(await database.rows('select from user_analytics where user_id = $1', [id])).toEqual([]);
    expect(await database.row('select count(*)::int as requests from ledger.analytics_rebuilds')).toEqual({
      requests: 0,
    });
  });
});
