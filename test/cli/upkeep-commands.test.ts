import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultStandards } from '../../src/tracechain/shared/standards.ts';
import { createMigratedDatabase, type TestDatabase } from '../support/postgres.ts';
import { type Ran, runTracechain } from './run.ts';

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

async function run(...args: readonly string[]): Promise<Ran> {
  return await runTracechain(args, { environment: { DATABASE_URL: database.url } });
}

describe('seed', () => {
  test('inserts the default standards, completes those that the indexer had added, keeps edited ones, and reports each', async () => {
    await client.query(`
      insert into compliance_standards (standard_code) values ('iso-9001');
      insert into compliance_standards (standard_code, standard_name, description, category)
        values ('HACCP', 'Our HACCP', 'Ours', 'Ours')`);
    const first = await run('seed', '--json');
    expect(first.code).toBe(0);
    const changes = { ISO9001: 'completed', HACCP: 'kept' };
    expect(JSON.parse(first.output)).toEqual({
      standards: [
        'ISO9001',
        'ISO14001',
        'ISO45001',
        'FDA21CFRPART11',
        'EUGMP',
        'HACCP',
        'ORGANIC',
        'FAIRTRADE',
      ].map((code) => ({
        code,
        name: expect.any(String),
        change: Object.entries(changes).find(([changed]) => changed === code)?.[1] ?? 'added',
      })),
    });
    const { rows } = await client.query(
      `select standard_name, description, category from compliance_standards where standard_code in ('HACCP', 'ISO9001') order by standard_code`,
    );
    expect(rows).toEqual([
      { standard_name: 'Our HACCP', description: 'Ours', category: 'Ours' },
      { standard_name: 'iso-9001', description: defaultStandards[0]?.description, category: 'Quality' },
    ]);
  });

  test('adds nothing on a second run', async () => {
    const before = await client.query('select * from compliance_standards order by id');
    const again = await run('seed');
    expect(again.code).toBe(0);
    expect(again.output).toContain('0 added');
    expect((await client.query('select * from compliance_standards order by id')).rows).toEqual(before.rows);
  });
});

describe('seed --demo-data', () => {
  let empty: TestDatabase;

  beforeAll(async () => {
    empty = await createMigratedDatabase();
  });

  afterAll(async () => {
    await empty.drop();
  });

  const seed = async (url: string, ...args: readonly string[]): Promise<Ran> =>
    await runTracechain(['seed', ...args], { environment: { DATABASE_URL: url } });

  test('fills a database that follows no chain, including figures and views', async () => {
    const { code, output } = await seed(empty.url, '--demo-data', '1500', '--seed', '5', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject({ generated: { seed: 5, events: expect.any(Number) } });
    const filled = new Client({ connectionString: empty.url });
    await filled.connect();
    const { rows } = await filled.query(
      `select (select count(*) from products) > 50 as products, (select count(*) from product_analytics) > 50 as figures,
         (select sum(total_checkpoints) from product_traceability_summary) > 300 as summaries`,
    );
    await filled.end();
    expect(rows).toEqual([{ products: true, figures: true, summaries: true }]);
  });

  test('refuses a database that has generated data or follows a chain', async () => {
    const twice = await seed(empty.url, '--demo-data', '10');
    expect(twice.code).toBe(2);
    expect(twice.errors).toContain('has generated data already');
  });

  test.each(['0', '-1', '1.5', 'many', '1e9'])('refuses %s as a number of events', async (events) => {
    expect((await seed(empty.url, '--demo-data', events)).code).toBe(2);
  });
});

describe('maintenance', () => {
  test('runs one task and shows its result', async () => {
    const { code, output } = await run('maintenance', 'analyze');
    expect(code).toBe(0);
    expect(output).toMatch(/^analyze: succeeded in \d+ ms$/m);
    expect(output).toContain('public.products');
  });

  test('runs all tasks without a name, as one JSON object', async () => {
    const { output } = await run('maintenance', '--json');
    expect(JSON.parse(output)).toMatchObject({
      runs: ['partitions', 'cleanup', 'analytics', 'refresh', 'analyze', 'vacuum', 'reindex', 'health'].map(
        (task) => ({
          task,
          error: null,
        }),
      ),
    });
  });

  test('ends with 1 if a task fails, and with 2 if it is unknown', async () => {
    await client.query('alter function public.update_analytics rename to gone');
    const failed = await run('maintenance', 'analytics');
    await client.query('alter function public.gone rename to update_analytics');
    expect(failed.code).toBe(1);
    expect(failed.output).toContain('analytics: failed');
    expect((await run('maintenance', 'dusting')).code).toBe(2);
  });
});

describe('migrate --verify', () => {
  test('ends with 0 on a migrated schema, and with 1 and the difference if something is missing', async () => {
    const good = await run('migrate', '--verify');
    expect(good.output).toContain('is what its migrations create');
    expect(good.code).toBe(0);
    await client.query('drop index public.products_batch_number_index');
    const { code, output } = await run('migrate', '--verify', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(output)).toMatchObject({
      isAsMigrated: false,
      differences: [{ kind: 'missing', what: 'public.products · indexes · products_batch_number_index' }],
    });
  });

  test('reports what a chain-derived table lacks, with the statement that adds it', async () => {
    await client.query('drop function ledger.products_as_of(bigint, bigint)');
    const { code, output } = await run('migrate', '--verify');
    await client.query('select ledger.make_as_of_functions()');
    expect(code).toBe(1);
    expect(output).toContain(
      'missing: ledger.products_as_of(bigint, bigint)\n  fix       SELECT ledger.make_as_of_functions();',
    );
  });
});
