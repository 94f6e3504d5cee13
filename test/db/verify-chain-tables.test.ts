/** The check reports every missing object of a chain-derived table, with the statement that creates it. */
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { verifyChainTables } from '../../src/operations/verify-chain-tables.ts';
import { createMigratedDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await createMigratedDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

beforeEach(async () => {
  await client.query('rollback; begin');
});

it('a migrated database has all objects', async () => {
  expect(await verifyChainTables(client)).toEqual([]);
});

const guards = 'SELECT ledger.guard_chain_tables();';
const asOf = 'SELECT ledger.make_as_of_functions();';

it.each([
  ['drop function ledger.products_as_of(bigint, bigint)', 'ledger.products_as_of(bigint, bigint)', asOf],
  [
    'drop trigger chain_row_refused on checkpoints',
    'public.checkpoints · triggers · chain_row_refused',
    guards,
  ],
  [
    'drop trigger application_columns_recorded on trace_points',
    'public.trace_points · triggers · application_columns_recorded',
    guards,
  ],
  [
    'drop trigger delete_recorded on staking_pools',
    'public.staking_pools · triggers · delete_recorded',
    guards,
  ],
  [
    'alter table products disable trigger chain_column_refused',
    'public.products · triggers · chain_column_refused',
    guards,
  ],
])('the check reports the effect of "%s" with its fix', async (statement, what, fix) => {
  await client.query(statement);
  expect(await verifyChainTables(client)).toMatchObject([{ kind: 'missing', what, fix }]);
  if (statement.startsWith('alter')) return;
  await client.query(fix);
  expect(await verifyChainTables(client)).toEqual([]);
});

it('the check reports a table and a column without a comment', async () => {
  await client.query('comment on table products is null; comment on column products.is_active is null');
  expect((await verifyChainTables(client)).map(({ what, fix }) => [what, fix])).toEqual([
    ['public.products · comment', `COMMENT ON TABLE public.products IS '…';`],
    [
      'public.products · columns · is_active · comment',
      `COMMENT ON COLUMN public.products.is_active IS '…';`,
    ],
  ]);
});

it('the check reports a column whose type changed after its as-of function, and a guard that lacks a column', async () => {
  await client.query(`
    drop function ledger.factory_contracts_as_of(bigint, bigint);
    create function ledger.factory_contracts_as_of(chain_id bigint, block_number bigint) returns table (id uuid)
      language sql begin atomic select null::uuid; end;
    create or replace trigger chain_column_refused after update of id on factory_contracts for each row
      when (not ledger.is_indexer()) execute function ledger.refuse_chain_column()`);
  const faults = await verifyChainTables(client);
  expect(faults).toMatchObject([
    {
      kind: 'different',
      what: 'ledger.factory_contracts_as_of(bigint, bigint) · columns',
      found: 'id uuid',
      fix: `DROP FUNCTION ledger.factory_contracts_as_of(bigint, bigint); ${asOf}`,
    },
    {
      kind: 'different',
      what: 'public.factory_contracts · triggers · chain_column_refused · columns',
      found: 'id',
      fix: guards,
    },
  ]);
  for (const { fix } of faults) await client.query(fix);
  expect(await verifyChainTables(client)).toEqual([]);
});

it('the check reports a table that ledger.chain_tables lacks or has with other columns', async () => {
  await client.query(`
    delete from ledger.chain_tables where table_name = 'staking_pools';
    update ledger.chain_tables set derived_columns = '{}' where table_name = 'payment_contracts'`);
  const faults = await verifyChainTables(client);
  expect(faults.map(({ what }) => what)).toEqual([
    'ledger.chain_tables · staking_pools',
    'ledger.chain_tables · payment_contracts · derived_columns',
  ]);
  for (const { fix } of faults) await client.query(fix);
  expect(await verifyChainTables(client)).toEqual([]);
});
