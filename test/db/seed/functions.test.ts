/** "Functions and Procedures" of the seed document. Each test has the name of the bullet that it checks. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSeedDatabase, type SeedDatabase } from './database.ts';
import { expectedTrust } from './expectations.ts';
import { generatedInstant, generatedProvenance, fill } from './generated-rows.ts';

const unknown = '00000000-0000-8000-8000-000000000000';

let database: SeedDatabase;

beforeAll(async () => {
  database = await openSeedDatabase();
  await database.live(8_000);
  await fill(database.client, 'compliance_standards', 4, { standard_code: `'STANDARD ' || n` });
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

describe('Functions and Procedures', () => {
  const names = [
    'calculate_trust_score',
    'get_product_trace_chain',
    'check_product_compliance',
    'update_analytics',
    'refresh_materialized_views',
    'cleanup_old_data',
    'analyze_all_tables',
    'check_database_health',
    'get_system_stats',
    'get_table_sizes',
    'get_database_info',
  ];

  it('functions exist once under each of these names, documented, with a pinned search_path', async () => {
    const found = await database.rows<{ name: string }>(
      `select proname as name from pg_proc
       where pronamespace = 'public'::regnamespace and proname = any($1)
         and length(obj_description(oid, 'pg_proc')) > 40
         and exists (select from unnest(proconfig) as setting where setting like 'search\\_path=pg\\_catalog%')`,
      [names],
    );
    expect(found.map(({ name }) => name).sort()).toEqual(names.toSorted());
  });

  it('functions with their owner’s privileges can be called only by roles with a grant', async () => {
    const open = await database.rows(
      `select oid::regprocedure::text from pg_proc
       where pronamespace in ('public'::regnamespace, 'ledger'::regnamespace) and prosecdef
         and prorettype <> 'trigger'::regtype and has_function_privilege('public', oid, 'execute')`,
    );
    expect(open).toEqual([]);
  });
});

describe('Business Logic Functions > calculate_trust_score()', () => {
  it('is, for every user, activity up to 50 and half of the mean compliance score', async () => {
    const wrong = await database.rows(
      `select * from (select person.id, calculate_trust_score(person.id) as found, ${expectedTrust} as expected
        from users as person) as scored where found is distinct from expected`,
    );
    expect(wrong).toEqual([]);
    expect(
      await database.row(`select count(distinct calculate_trust_score(id))::int > 10 as varied from users`),
    ).toEqual({ varied: true });
  });

  it('is 2 per live product and 0.5 per checkpoint, up to 50, plus half of the mean score of the checked products', async () => {
    const user = await addUser('a');
    const score = async () =>
      (await database.row<{ score: string }>('select * from calculate_trust_score($1) as score', [user]))
        .score;
    expect(await score()).toBe('0.00');
    await addProducts(user, 3, 'n <> 3');
    expect(await score()).toBe('4.00');
    await addCheckpoints(7);
    expect(await score()).toBe('7.50');
    await addChecks(1, 3, 'n <= 2');
    // 7.5 + 66.666… / 2
    expect(await score()).toBe('40.83');
    await addChecks(2, 1, 'true');
    // 7.5 + (66.666… + 100) / 2 / 2
    expect(await score()).toBe('49.17');
    await addCheckpoints(200);
    expect(await score()).toBe('91.67');
    await database.rows(`delete from compliance_checkpoints where chain_product_id = 1`);
    expect(await score()).toBe('100.00');
  });

  it('is null for an unknown user', async () => {
    expect(await database.row('select calculate_trust_score($1) as score', [unknown])).toEqual({
      score: null,
    });
  });
});

describe('Business Logic Functions > get_product_trace_chain()', () => {
  it('is the complete traceability chain, in its order', async () => {
    const user = await addUser('b');
    await addProducts(user, 1, 'true');
    await addCheckpoints(12, 1);
    const origin = Object.keys(generatedProvenance).join(', ');
    await database.rows(
      `insert into traceability_chain (id, product_id, checkpoint_id, sequence_order, from_location, to_location,
         to_stakeholder_id, duration_hours, created_at, ${origin})
       select gen_random_uuid(), product_id, id, checkpoint_index - 1, case when checkpoint_index > 1 then 'Place ' || checkpoint_index - 1 end,
         location, stakeholder_id, 2, created_at, ${origin}
       from checkpoints where product_id = $1 order by md5(id::text)`,
      [await productId(1)],
    );
    const chain = await database.rows<{ sequence_order: string; from_location: string; to_location: string }>(
      'select * from get_product_trace_chain($1)',
      [await productId(1)],
    );
    expect(chain.map((step) => [step.sequence_order, step.from_location, step.to_location])).toEqual(
      Array.from({ length: 12 }, (_, step) => [
        String(step),
        step === 0 ? null : `Place ${step}`,
        `Place ${step + 1}`,
      ]),
    );
    expect(chain[0]).toMatchObject({
      checkpoint_index: '1',
      status: 'shipped',
      duration_hours: '2',
      to_stakeholder_id: user,
      stakeholder_wallet: `0x${'b'.repeat(40)}`,
      is_final: false,
    });
  });

  it('returns no row for a product without checkpoints or an unknown product', async () => {
    await addProducts(await addUser('f'), 1, 'true');
    expect(await database.rows('select * from get_product_trace_chain($1)', [await productId(1)])).toEqual(
      [],
    );
    expect(await database.rows('select * from get_product_trace_chain($1)', [unknown])).toEqual([]);
  });
});

describe('Business Logic Functions > check_product_compliance()', () => {
  const check = async (product: string) =>
    await database.rows<Record<string, unknown>>('select * from check_product_compliance($1)', [product]);

  it('returns for every product the share of passed checks', async () => {
    const wrong = await database.rows(
      `select product.id, checked.* from products as product, check_product_compliance(product.id) as checked
       where (total_checks, passed_checks, compliance_score) is distinct from (
         select (count(*), count(*) filter (where compliance_status = 'passed'),
           round(100.0 * count(*) filter (where compliance_status = 'passed') / nullif(count(*), 0), 2))
         from compliance_checkpoints where product_id = product.id)`,
    );
    expect(wrong).toEqual([]);
  });

  it('reports compliance if the newest check of every rule passed', async () => {
    await addProducts(await addUser('d'), 1, 'true');
    const product = await productId(1);
    expect(await check(product)).toMatchObject([
      { status: 'unchecked', is_compliant: null, compliance_score: null, total_checks: '0', standards: [] },
    ]);
    await addChecks(1, 2, 'n = 2', { rule: 1 });
    expect(await check(product)).toMatchObject([
      { status: 'compliant', is_compliant: true, compliance_score: '50.00', failing_rules: '0' },
    ]);
    await addChecks(1, 1, 'false', { rule: 2 });
    expect(await check(product)).toMatchObject([
      {
        status: 'non_compliant',
        is_compliant: false,
        compliance_score: '33.33',
        total_checks: '3',
        passed_checks: '1',
        failed_checks: '2',
        failing_rules: '1',
        standards: [
          { standard_code: 'STANDARD1', total_checks: 3, is_compliant: false, compliance_score: 33.33 },
        ],
      },
    ]);
  });

  it('returns no row for an unknown product', async () => {
    expect(await check(unknown)).toEqual([]);
  });
});

describe('Business Logic Functions > update_analytics()', () => {
  it('update_analytics() takes time in proportion to the changes, not to the table sizes', async () => {
    const cost = async (): Promise<number> => {
      await database.rows('select * from update_analytics()');
      await database.rows(`update checkpoints set stakeholder_id = stakeholder_id, "timestamp" = "timestamp" + interval '1 hour'
        where id = (select id from checkpoints order by id limit 1)`);
      const [plan] = await database.rows<{ 'QUERY PLAN': { Plan: Record<string, number> }[] }>(
        'explain (analyze, buffers, format json) select * from update_analytics()',
      );
      const buffers = plan?.['QUERY PLAN'][0]?.Plan ?? {};
      return (buffers['Shared Hit Blocks'] ?? 0) + (buffers['Shared Read Blocks'] ?? 0);
    };
    // The minimum of several runs, because a run after a change of statistics also includes planning.
    const leastCost = async () => Math.min(await cost(), await cost(), await cost());
    const before = await leastCost();
    // All changes belong to one user, whose own figures must not be recomputed from scratch either.
    const user = await addUser('e');
    await addProducts(user, 4_000, 'true');
    await addCheckpoints(8_000, 4_000);
    await database.client.query('analyze');
    await cost();
    await database.client.query('vacuum');
    expect(await leastCost()).toBeLessThan(before * 2);
    await database.rows(`update products set is_active = not is_active where id = $1`, [await productId(1)]);
    const [changed] = await database.rows(
      'select changed_products::int, changed_users::int from update_analytics()',
    );
    expect(changed).toEqual({ changed_products: 1, changed_users: 1 });
  });
});

describe('Maintenance Functions', () => {
  it('refresh_materialized_views(): refreshes all materialized views', async () => {
    expect(
      await database.rows('select view_name, duration_ms >= 0 as timed from refresh_materialized_views()'),
    ).toEqual([
      { view_name: 'public.compliance_summary', timed: true },
      { view_name: 'public.product_traceability_summary', timed: true },
      { view_name: 'public.user_activity_summary', timed: true },
    ]);
  });

  it('cleanup_old_data(): cleans up old events by retention, in bounded batches, and deletes no rows of the chain', async () => {
    await database.client.query(
      `insert into ledger.chains (chain_id, genesis_hash, final_number) values (31337, '\\x00', 100);
       delete from system_events;
       insert into system_events (event_type, source, created_at, processed_at) values
         ('new', 'daemon', now(), now()),
         ('processed', 'daemon', now() - interval '40 days', now() - interval '40 days'),
         ('just processed', 'daemon', now() - interval '40 days', now()),
         ('waiting', 'daemon', now() - interval '40 days', null),
         ('ancient', 'daemon', now() - interval '2 years', null);
       insert into system_events (event_type, source, created_at, chain_id, smart_contract_address, block_number, block_hash, transaction_hash, log_index)
         values ('of the chain', 'chain', now() - interval '9 years', 31337, '0x', 1, '0x', '0x', 1);
       insert into system_events (event_type, source, created_at)
         select 'bulk', 'daemon', now() - interval '3 years' from generate_series(1, 25);
       insert into ledger.quarantine (chain_id, block_number, block_hash, log_index, transaction_hash, address, area, stage, error_code, reason, resolved_at)
         select 31337, block, '\\x00', log, '\\x00', '\\x00', 'area', 'fold', 'code', 'reason', resolved_at
         from (values (1, 1, now() - interval '1 year'), (1, 2, now()), (1, 3, null), (101, 4, now() - interval '1 year'))
           as quarantined (block, log, resolved_at)`,
    );
    const before = await database.row('select count(*) from ledger.quarantine');
    expect(before).toEqual({ count: '4' });
    expect(await database.rows('select * from cleanup_old_data(batch_rows => 20)')).toEqual([
      { what: 'system_events', deleted: '20', has_more: true },
      { what: 'quarantine', deleted: '1', has_more: false },
    ]);
    expect(await database.rows('select * from cleanup_old_data()')).toEqual([
      { what: 'system_events', deleted: '7', has_more: false },
      { what: 'quarantine', deleted: '0', has_more: false },
    ]);
    const kept = await database.rows<{ event_type: string }>(
      'select event_type from system_events order by 1',
    );
    expect(kept.map(({ event_type: type }) => type)).toEqual([
      'just processed',
      'new',
      'of the chain',
      'waiting',
    ]);
    expect(await database.rows('select log_index from ledger.quarantine order by 1')).toEqual([
      { log_index: 2 },
      { log_index: 3 },
      { log_index: 4 },
    ]);
  });

  it('cleanup_old_data(): refuses invalid input, and keeps data without a retention for ever', async () => {
    await expect(database.rows('select * from cleanup_old_data(batch_rows => 0)')).rejects.toMatchObject({
      code: '22023',
    });
    await expect(
      database.rows(`select * from cleanup_old_data(event_retention => '-1 day')`),
    ).rejects.toMatchObject({ code: '22023' });
    await database.rows(
      `insert into system_events (event_type, source, created_at) values ('old', 'daemon', now() - interval '20 years')`,
    );
    expect(await database.rows('select * from cleanup_old_data(event_retention => null)')).toMatchObject([
      { deleted: '0' },
      { deleted: '0' },
    ]);
  });

  it('analyze_all_tables(): updates table statistics', async () => {
    await database.rows('select pg_stat_reset()');
    const analyzed = await database.rows<{ table_name: string }>('select * from analyze_all_tables()');
    expect(analyzed.map(({ table_name: table }) => table)).toEqual(
      expect.arrayContaining(['public.products', 'public.compliance_summary', 'ledger.logs']),
    );
    expect(
      await database.row(
        `select count(*)::int as missing from pg_class
         where relkind in ('r', 'm') and relnamespace in ('public'::regnamespace, 'ledger'::regnamespace)
           and pg_stat_get_last_analyze_time(oid) is null`,
      ),
    ).toEqual({ missing: 0 });
  });

  it('check_database_health(): checks database health metrics', async () => {
    const health = async () =>
      Object.fromEntries(
        (
          await database.rows<{ check_name: string; status: string }>('select * from check_database_health()')
        ).map(({ check_name: name, status }) => [name, status]),
      );
    const checks = await health();
    expect(Object.keys(checks)).toEqual(
      expect.arrayContaining([
        'connections',
        'longest_transaction',
        'transaction_ids',
        'dead_rows',
        'parked_streams',
      ]),
    );
    expect(checks).toMatchObject({
      connections: 'ok',
      latched_chains: 'ok',
      parked_streams: 'ok',
      empty_summaries: 'ok',
    });

    await database.client.query(
      `update ledger.chains set latched_at = now(), latch_reason = 'deep reorg';
       insert into ledger.parked (chain_id, stream, block_number, error_code, error, attempts) values (31337, 'projection', 5, 'x', 'y', 1);
       refresh materialized view compliance_summary with no data`,
    );
    expect(await health()).toMatchObject({
      latched_chains: 'critical',
      parked_streams: 'critical',
      empty_summaries: 'warning',
    });
    await database.client.query(
      `update ledger.chains set latched_at = null; delete from ledger.parked; select * from refresh_materialized_views()`,
    );
  });
});

describe('Monitoring Functions', () => {
  it('get_system_stats(): gets system statistics', async () => {
    await database.client.query('analyze');
    const stats = await database.rows<{ metric: string; value: string | null }>(
      'select * from get_system_stats()',
    );
    const values = Object.fromEntries(stats.map(({ metric, value }) => [metric, Number(value)]));
    const { rows } = await database.client.query<{ users: number }>(
      'select count(*)::int as users from users',
    );
    expect(values['users']).toBe(rows[0]?.users);
    expect(values['database_size']).toBeGreaterThan(1_000_000);
    expect(values['connections']).toBeGreaterThanOrEqual(1);
  });

  it('get_table_sizes(): gets table size information', async () => {
    const sizes = await database.rows<{ table_name: string; total_bytes: string }>(
      'select * from get_table_sizes()',
    );
    const names = sizes.map(({ table_name: table }) => table);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['products', 'compliance_summary', 'journal', 'logs']));
    const { rows } = await database.client.query<{ bytes: string }>(
      `select pg_total_relation_size('products') as bytes`,
    );
    expect(sizes.find(({ table_name: table }) => table === 'products')?.total_bytes).toBe(rows[0]?.bytes);
  });

  it('get_database_info(): gets database version and configuration', async () => {
    const info = await database.rows<{ property: string; value: string }>(
      'select * from get_database_info()',
    );
    const values = Object.fromEntries(info.map(({ property, value }) => [property, value]));
    expect(values).toMatchObject({ encoding: 'UTF8', is_replica: 'false', autovacuum: 'on' });
    expect(values['database']).toBe(new URL(database.url).pathname.slice(1));
    expect(values['version']).toMatch(/^\d+\.\d+/);
    expect(values['max_connections']).toMatch(/^\d+$/);
  });
});

let maker = '';
let makerName = '';

/** A user to whose products the functions below add rows. */
async function addUser(name: string): Promise<string> {
  const { id } = await database.row<{ id: string }>(
    `insert into users (wallet_address) values ($1) returning id`,
    [`0x${name.repeat(40)}`],
  );
  maker = id;
  makerName = name;
  return id;
}

function makersOrigin() {
  return { ...generatedProvenance, smart_contract_address: `'0x' || repeat('${makerName}', 40)` };
}

const productOf = (number: string): string => `md5('product of ${makerName} ' || (${number}))::uuid`;

async function productId(number: number): Promise<string> {
  return (await database.row<{ id: string }>(`select ${productOf(String(number))} as id`)).id;
}

async function addProducts(user: string, count: number, isActive: string): Promise<void> {
  await fill(database.client, 'products', count, {
    id: productOf('n'),
    product_id: 'n',
    manufacturer_id: `'${user}'`,
    is_active: isActive,
    created_at: generatedInstant,
    updated_at: generatedInstant,
    ...makersOrigin(),
  });
}

/** Distributed over the user's first two products, or all in one. */
async function addCheckpoints(count: number, spread = 2): Promise<void> {
  await fill(database.client, 'checkpoints', count, {
    id: 'gen_random_uuid()',
    product_id: productOf(`n % ${spread} + 1`),
    checkpoint_index: count < 50 ? 'n' : 'n + 1000',
    location: `'Place ' || n`,
    status: `'shipped'`,
    stakeholder_id: `'${maker}'`,
    created_at: generatedInstant,
    ...makersOrigin(),
  });
}

async function addChecks(
  product: number,
  count: number,
  passed: string,
  { rule = product } = {},
): Promise<void> {
  await fill(database.client, 'compliance_checkpoints', count, {
    id: 'gen_random_uuid()',
    product_id: productOf(String(product)),
    standard_id: `ledger.standard_id('STANDARD 1')`,
    rule_key: `'0x' || repeat('${rule}', 64)`,
    compliance_status: `(case when ${passed} then 'passed' else 'failed' end)::compliance_status`,
    chain_product_id: String(product),
    ...makersOrigin(),
  });
}
