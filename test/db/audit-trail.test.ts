/** The audit trail: who changed what, from which to which values, when and why; and which writers are refused. */
import { getTableColumns, getTableName } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { Client, type QueryResultRow } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  applicationColumns,
  chainColumns,
  chainTable,
  chainTableNames,
  derivedColumns,
  journaledColumns,
} from '../../src/engine/tables.ts';
import { createMigratedDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await createMigratedDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query('select ledger.ensure_partitions(1, 10)');
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

const ann = '0x00000000000000000000000000000000000000aa';
const productId = '00000000-0000-8000-8000-000000000001';
const stakeholderRow = '00000000-0000-8000-8000-000000000002';
const origin = `1, '0x01', 5, '0xb5', '0xt5', 0`;
const originColumns =
  'chain_id, smart_contract_address, block_number, block_hash, transaction_hash, log_index';

async function query<Row extends QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
  return (await client.query<Row>(text, values)).rows;
}

/** The daemon's own events so far: the schema was migrated. */
async function daemonEvents(): Promise<string[]> {
  return (await query<{ id: string }>(`select id from system_events where source = 'daemon'`)).map(
    ({ id }) => id,
  );
}

/** Each test starts with the same rows, and without those of other tests. */
beforeEach(async () => {
  await client.query('rollback');
  await client.query('begin');
  await client.query(`insert into users (wallet_address) values ('${ann}')`);
  await client.query(
    `insert into products (id, product_id, product_name, is_active, created_at, updated_at, ${originColumns})
     values ('${productId}', 1, 'Tea', true, to_timestamp(60), to_timestamp(60), ${origin})`,
  );
  await client.query(
    `insert into product_stakeholders (id, product_id, stakeholder_id, is_active, ${originColumns})
     values ('${stakeholderRow}', '${productId}', ledger.user_id('${ann}'), true, ${origin})`,
  );
});

/** Inserts a journal entry in the store's format, and changes its row. */
async function journal(
  operation: 'I' | 'U' | 'D',
  block: number,
  before: Record<string, unknown> | null,
  cause = 0,
  logIndex: number | null = 3,
): Promise<void> {
  await client.query(
    `insert into ledger.journal (chain_id, block_number, table_id, row_id, operation, log_index, cause, before)
     values (1, $1, 1, $2, $3, $4, $5, $6)`,
    [block, productId, operation, logIndex, cause, before === null ? null : JSON.stringify(before)],
  );
}

const changedBy = (block: number | null) => ({
  changed_block_number: block,
  changed_block_hash: block === null ? null : `0xb${block}`,
  changed_transaction_hash: block === null ? null : `0xt${block}`,
  changed_log_index: block === null ? null : 3,
});

async function change(values: Record<string, unknown>): Promise<void> {
  const columns = Object.keys(values);
  await client.query(
    `update products set ${columns.map((column, index) => `${column} = $${index + 1}`).join(', ')}`,
    Object.values(values),
  );
}

const actAs = (role: string) => client.query(`set local role ${role}`);

describe('changes by the chain', () => {
  it('an audit entry of a block has the values before and after, and the block, transaction and log', async () => {
    await journal('I', 5, null, 0, 0);
    await journal('U', 6, { product_name: 'Tea', ...changedBy(null) });
    await change({ product_name: 'Green tea', ...changedBy(6) });
    await journal('U', 8, { is_active: true, ...changedBy(6) });
    await change({ is_active: false, ...changedBy(8) });
    const rows = await query(
      `select table_name, operation, old_values, new_values, cause, chain_id::int, block_number::int, block_hash,
         transaction_hash, log_index
       from audit_logs where table_name = 'products' and record_id = $1 order by block_number`,
      [productId],
    );
    expect(rows).toMatchObject([
      {
        table_name: 'products',
        operation: 'INSERT',
        old_values: null,
        new_values: {
          id: productId,
          product_name: 'Tea',
          is_active: true,
          created_at: '1970-01-01T00:01:00+00:00',
        },
        cause: 'block',
        chain_id: 1,
        block_number: 5,
        block_hash: '0xb5',
        transaction_hash: '0xt5',
        log_index: 0,
      },
      {
        operation: 'UPDATE',
        old_values: { product_name: 'Tea', ...changedBy(null) },
        new_values: { product_name: 'Green tea', ...changedBy(6) },
        block_number: 6,
        block_hash: '0xb6',
        transaction_hash: '0xt6',
        log_index: 3,
      },
      {
        operation: 'UPDATE',
        old_values: { is_active: true, ...changedBy(6) },
        new_values: { is_active: false, ...changedBy(8) },
        block_hash: '0xb8',
      },
    ]);
    expect(Object.keys(rows[1]?.['new_values'] as object).sort()).toEqual(
      Object.keys(rows[1]?.['old_values'] as object).sort(),
    );
  });

  it('an audit entry of a reorg names the change that it reverted and the restored values', async () => {
    await journal('I', 5, null, 0, 0);
    await journal('U', 6, { product_name: 'Tea', ...changedBy(null) });
    await journal('U', 6, { product_name: 'Green tea', ...changedBy(6) }, 1, null);
    await journal(
      'D',
      5,
      {
        id: productId,
        product_name: 'Tea',
        block_number: 5,
        block_hash: '0xb5',
        transaction_hash: '0xt5',
        log_index: 0,
        ...changedBy(null),
      },
      1,
      null,
    );
    await client.query('delete from product_stakeholders');
    await client.query('delete from products');
    const rows = await query(
      `select operation, cause, old_values ->> 'product_name' as old, new_values ->> 'product_name' as new,
         block_number::int as block, block_hash, transaction_hash, log_index
       from audit_logs where record_id = $1 order by sequence`,
      [productId],
    );
    expect(rows).toEqual([
      {
        operation: 'INSERT',
        cause: 'block',
        old: null,
        new: 'Tea',
        block: 5,
        block_hash: '0xb5',
        transaction_hash: '0xt5',
        log_index: 0,
      },
      {
        operation: 'UPDATE',
        cause: 'block',
        old: 'Tea',
        new: 'Green tea',
        block: 6,
        block_hash: '0xb6',
        transaction_hash: '0xt6',
        log_index: 3,
      },
      {
        operation: 'UPDATE',
        cause: 'reorg',
        old: 'Green tea',
        new: 'Tea',
        block: 6,
        block_hash: '0xb6',
        transaction_hash: '0xt6',
        log_index: 3,
      },
      {
        operation: 'DELETE',
        cause: 'reorg',
        old: 'Tea',
        new: null,
        block: 5,
        block_hash: '0xb5',
        transaction_hash: '0xt5',
        log_index: 0,
      },
    ]);
  });

  it('an audit entry is found through an index, regardless of the journal’s length', async () => {
    await client.query(
      `insert into ledger.journal (chain_id, block_number, table_id, row_id, operation, cause)
       select 1, number % 10, 1, gen_random_uuid(), 'I', 0 from generate_series(1, 20000) as number`,
    );
    await client.query('analyze ledger.journal');
    const plan = await query<{ 'QUERY PLAN': string }>(
      `explain select * from audit_logs where table_name = 'products' and record_id = '${productId}'`,
    );
    const text = plan.map((row) => row['QUERY PLAN']).join('\n');
    expect(text).toMatch(/journal_1_0_row_id_sequence_idx/);
    expect(text).not.toMatch(/Seq Scan on (?:journal|application_changes)/);
  });
});

describe('changes by the application', () => {
  it('an audit entry of the application names the session’s user and has the values before and after', async () => {
    const [user] = await query<{ id: string }>('select id from users');
    await client.query(
      `select set_config('tracechain.user_id', $1, true), set_config('tracechain.ip_address', '2001:db8::1', true),
      set_config('tracechain.user_agent', 'a browser', true)`,
      [user?.id],
    );
    await actAs('tracechain_app');
    await client.query(`update users set email = 'ann@example.org', is_verified = true`);
    await client.query(`update product_stakeholders set role = 'retailer'`);
    const rows = await query(
      `select table_name, record_id, operation, old_values, new_values, changed_by, changed_at = now() as now, host(ip_address) as ip,
         user_agent, cause
       from audit_logs where cause = 'application' and operation = 'UPDATE' order by table_name desc`,
    );
    expect(rows).toMatchObject([
      {
        table_name: 'users',
        record_id: user?.id,
        operation: 'UPDATE',
        old_values: { email: null, is_verified: false },
        new_values: { email: 'ann@example.org', is_verified: true },
        changed_by: user?.id,
        now: true,
        ip: '2001:db8::1',
        user_agent: 'a browser',
      },
      {
        table_name: 'product_stakeholders',
        record_id: stakeholderRow,
        old_values: { role: null },
        new_values: { role: 'retailer' },
        changed_by: user?.id,
      },
    ]);
  });

  it('the trail records changes in every table and column that the application may write', async () => {
    const ofTheMigration = await daemonEvents();
    await actAs('tracechain_app');
    await client.query(`insert into compliance_standards (standard_code) values ('ISO 9001')`);
    await client.query(`update compliance_standards set standard_code = 'ISO 9002'`);
    await client.query('delete from compliance_standards');
    await client.query(`insert into staking_pools (pool_name, pool_type) values ('ours', 'flexible')`);
    await client.query('update staking_pools set apy_percentage = 3');
    await client.query('delete from staking_pools');
    await client.query(`insert into system_events (event_type, source) values ('login', 'shop')`);
    await client.query(`update system_events set processed_at = now() where source = 'shop'`);
    const rows = await query<{ table_name: string; operations: string }>(
      `select table_name, string_agg(operation::text, '' order by sequence) as operations
       from ledger.application_changes where table_name <> 'users' and record_id <> all ($1)
       group by table_name order by table_name`,
      [ofTheMigration],
    );
    expect(rows).toEqual([
      // A different code makes a different record, because the id is derived from it.
      { table_name: 'compliance_standards', operations: 'IDID' },
      { table_name: 'staking_pools', operations: 'IUD' },
      { table_name: 'system_events', operations: 'IU' },
    ]);
  });

  it('the trail records neither statements that change no value nor the indexer’s own changes', async () => {
    await client.query('delete from product_stakeholders');
    await client.query(`update users set is_verified = is_verified where false`);
    await change({ product_name: 'Other' });
    expect(
      await query(
        `select table_name, operation from ledger.application_changes where record_id <> all ($1)`,
        [await daemonEvents()],
      ),
    ).toEqual([{ table_name: 'users', operation: 'I' }]);
  });

  it('the trail refuses a session user that is not a UUID', async () => {
    await client.query(`set local tracechain.user_id = 'ann'`);
    await expect(client.query(`update users set first_name = 'Ann'`)).rejects.toThrow(
      'tracechain.user_id is "ann", which is no uuid',
    );
  });

  it('a trigger creates the partition of the current month if it is missing', async () => {
    const [name] = await query<{ name: string }>(
      `select 'ledger.application_changes_' || to_char(now() at time zone 'UTC', 'YYYY_MM') as name`,
    );
    await client.query(`drop table ${name?.name}`);
    await actAs('tracechain_app');
    await client.query(`update users set first_name = 'Ann'`);
    expect(await query(`select operation from ${name?.name}`)).toEqual([{ operation: 'U' }]);
  });

  it('the trail is partitioned by month, and whole months can be detached', async () => {
    const months = await query<{ until: Date; statement: string }>(
      `select until, statement from ledger.detachable_change_partitions(now() + interval '2 months')`,
    );
    expect(months).toHaveLength(2);
    expect(months[0]?.statement).toMatch(
      /^ALTER TABLE ledger.application_changes DETACH PARTITION ledger.application_changes_\d{4}_\d\d CONCURRENTLY$/,
    );
  });
});

describe('the audit trail', () => {
  const attempts = [
    'update ledger.journal set cause = 3',
    'delete from ledger.journal',
    'truncate ledger.journal',
    'delete from ledger.journal_1_0',
    'truncate ledger.journal_1_0',
    'update ledger.application_changes set changed_by = null',
    'delete from ledger.application_changes',
    'truncate ledger.application_changes',
  ];

  it.each(attempts)('the trail is append-only for every role: %s', async (statement) => {
    await journal('I', 5, null);
    await client.query('savepoint before');
    await expect(client.query(statement)).rejects.toMatchObject({
      code: '42501',
      message: expect.stringContaining('is append-only') as unknown,
    });
    await client.query('rollback to before');
    await actAs('tracechain_app');
    await client.query(`set local tracechain.maintenance = 'on'`);
    await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' });
  });

  it('the owner can correct the trail after declaring maintenance', async () => {
    await journal('I', 5, null);
    await client.query(`set local tracechain.maintenance = 'on'`);
    expect((await client.query('delete from ledger.journal')).rowCount).toBe(1);
  });

  it('the application cannot forge entries of the trail', async () => {
    await actAs('tracechain_app');
    await expect(
      client.query(
        `insert into ledger.application_changes (table_name, record_id, operation) values ('users', '${productId}', 'U')`,
      ),
    ).rejects.toMatchObject({ code: '42501' });
  });
});

describe('a chain-owned column', () => {
  it('the application cannot write a chain-owned column, and the error names it', async () => {
    await actAs('tracechain_app');
    await expect(
      client.query(`update products set product_name = 'x', batch_number = 'y', metadata_uri = metadata_uri`),
    ).rejects.toMatchObject({
      code: '42501',
      table: 'products',
      column: 'batch_number, product_name',
      message: "products: batch_number, product_name can't be changed, the chain owns it",
    });
  });

  it('the application may write back a chain-owned column unchanged, together with one of its own', async () => {
    await actAs('tracechain_app');
    await client.query(`update product_stakeholders set role = 'retailer', is_active = is_active`);
    await expect(
      client.query(`update product_stakeholders set role = 'auditor', is_active = false`),
    ).rejects.toMatchObject({
      message: "product_stakeholders: is_active can't be changed, the chain owns it",
      hint: 'The application may change role.',
    });
  });

  it.each(['staking_pools (pool_name, pool_type', 'system_events (event_type, source'])(
    'the application cannot set a chain-owned column of a row of its own: %s)',
    async (into) => {
      const table = into.split(' ')[0] ?? '';
      await actAs('tracechain_app');
      await client.query(`insert into ${into}) values ('a', 'b')`);
      await client.query('savepoint before');
      await expect(
        client.query(`update ${table} set (${originColumns}) = (${origin})`),
      ).rejects.toMatchObject({ code: '42501', table });
      await client.query('rollback to before');
      await expect(
        client.query(`insert into ${into}, ${originColumns}) values ('a', 'b', ${origin})`),
      ).rejects.toMatchObject({
        code: '42501',
        message: `${table}: INSERT is refused, the chain owns its rows`,
      });
    },
  );

  it('all chain-owned columns and rows of every table refuse the application’s writes', async () => {
    await actAs('tracechain_app');
    const ways: string[] = [];
    for (const name of chainTableNames()) {
      const table = getTableName(chainTable(name).table);
      if (table === 'staking_pools' || table === 'system_events') continue;
      for (const statement of [`insert into ${table} default values`, `delete from ${table}`]) {
        await client.query('savepoint before');
        const error: unknown = await client.query(statement).catch((thrown: unknown) => thrown);
        await client.query('rollback to before');
        if (!(error instanceof Error && error.message.endsWith('the chain owns its rows')))
          ways.push(statement);
      }
    }
    expect(ways).toEqual([]);
  });

  it('the ownership in the table descriptors equals that in the catalogue', async () => {
    const namesOf = (columns: Readonly<Record<string, PgColumn>>) =>
      Object.values(columns)
        .map((column) => column.name)
        .sort();
    const declared = chainTableNames().map((name) => ({
      table_id: chainTable(name).id,
      table_name: getTableName(chainTable(name).table),
      application_columns: namesOf(applicationColumns(name)),
      derived_columns: namesOf(derivedColumns(name)),
    }));
    const sorted = (columns: string) => `array(select unnest(${columns}) order by 1) as ${columns}`;
    const kept = await query(
      `select table_id, table_name, ${sorted('application_columns')}, ${sorted('derived_columns')}
       from ledger.chain_tables order by table_id`,
    );
    expect(kept).toEqual(declared);
    // The triggers check every column except the application's.
    const guarded = await query<{ name: string; columns: string[] }>(
      `select tgrelid::regclass::text as name, array_agg(attname::text order by attname) as columns
       from pg_trigger join pg_attribute on attrelid = tgrelid and attnum = any(tgattr)
       where tgname = 'chain_column_refused' group by tgrelid order by 1`,
    );
    const expected = chainTableNames().map((name) => {
      const { table } = chainTable(name);
      const application = applicationColumns(name);
      const columns = Object.entries<PgColumn>(getTableColumns<PgTable>(table));
      return {
        name: getTableName(table),
        columns: columns
          .filter(([property, column]) => !(property in application) && column.generated === undefined)
          .map(([, column]) => column.name)
          .sort(),
      };
    });
    expect(guarded).toEqual(expected.toSorted((left, right) => (left.name < right.name ? -1 : 1)));
  });

  it('a journal image contains exactly the chain-owned columns', async () => {
    await journal('I', 5, null, 0, 0);
    const [row] = await query<{ columns: string[] }>(
      `select array(select jsonb_object_keys(new_values) order by 1) as columns from audit_logs
       where record_id = $1 and operation = 'INSERT'`,
      [productId],
    );
    expect(row?.columns).toEqual(
      Object.values(journaledColumns('products'))
        .map(({ name }) => name)
        .sort(),
    );
    expect('role' in chainColumns('productStakeholders')).toBe(true);
  });

  it('the indexer’s bulk writes call no trigger function', async () => {
    await client.query(`set local track_functions = 'all'`);
    await client.query(
      `insert into token_balances (id, address, balance, ${originColumns})
       select gen_random_uuid(), '0x' || number, 1, ${origin} from generate_series(1, 100) as number`,
    );
    await client.query('update token_balances set balance = 2');
    await client.query('delete from token_balances');
    expect(
      await query(
        `select funcname from pg_stat_xact_user_functions
         where funcname in ('refuse_chain_column', 'refuse_chain_row', 'record_row', 'record_rows')`,
      ),
    ).toEqual([]);
  });
});
