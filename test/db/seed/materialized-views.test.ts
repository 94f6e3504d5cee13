/** "Materialized Views" of the seed document. Each test has the name of the bullet that it checks. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSeedDatabase, type SeedDatabase } from './database.ts';
import { differences, expectedSummaries } from './expectations.ts';
import { fill, generatedInstant, generatedProvenance } from './generated-rows.ts';

const summaries = Object.keys(expectedSummaries) as (keyof typeof expectedSummaries)[];

let database: SeedDatabase;

beforeAll(async () => {
  database = await openSeedDatabase();
  await database.live(4_000);
  await database.rows('select * from refresh_materialized_views()');
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

async function expectSummary(name: keyof typeof expectedSummaries): Promise<void> {
  expect(await differences(database.client, name, expectedSummaries[name])).toEqual([]);
  expect(await database.row(`select count(*)::int > 30 as filled from ${name}`)).toEqual({ filled: true });
}

describe('Materialized Views > Product Traceability Summary', () => {
  it('Aggregated product traceability data: total checkpoints, stakeholders, trace duration', async () => {
    await expectSummary('product_traceability_summary');
  });
});

describe('Materialized Views > User Activity Summary', () => {
  it('Aggregated user activity data: total products, checkpoints, trace points, tokens', async () => {
    await expectSummary('user_activity_summary');
  });

  it('multiplies nothing: 3 products, 7 checkpoints, 5 point rows and 4 token rows are the sums of those rows', async () => {
    const user = (
      await database.row<{ id: string }>(
        `insert into users (wallet_address) values ('0x' || repeat('9', 40)) returning id`,
      )
    ).id;
    const own = { ...generatedProvenance, smart_contract_address: `'0x' || repeat('9', 40)` };
    const product = (number: string) => `md5('own product ' || (${number}))::uuid`;
    const at = { created_at: generatedInstant, ...own };
    await fill(database.client, 'products', 3, {
      id: product('n'),
      product_id: 'n',
      manufacturer_id: `'${user}'`,
      is_active: 'true',
      updated_at: generatedInstant,
      ...at,
    });
    await fill(database.client, 'checkpoints', 7, {
      id: `md5('own checkpoint ' || n)::uuid`,
      product_id: product('n % 3 + 1'),
      checkpoint_index: 'n',
      stakeholder_id: `'${user}'`,
      ...at,
    });
    await fill(database.client, 'trace_points', 5, {
      id: `md5('own points ' || n)::uuid`,
      user_id: `'${user}'`,
      points: `n * 1.1`,
      points_type: `'x'`,
      is_claimed: 'false',
      ...at,
    });
    await fill(database.client, 'trace_token_transactions', 4, {
      id: `md5('own movement ' || n)::uuid`,
      user_id: `'${user}'`,
      transaction_type: `'mint'`,
      amount: 'n * 100.25',
      ...at,
    });
    await database.rows('select * from refresh_materialized_views()');
    const sums = `total_products::int, total_checkpoints::int, trim_scale(total_trace_points)::text as points,
      total_token_transactions::int, trim_scale(total_trace_tokens)::text as tokens`;
    expect(
      await database.row(`select ${sums} from user_activity_summary where user_id = $1`, [user]),
    ).toEqual({
      total_products: 3,
      total_checkpoints: 7,
      points: '16.5',
      total_token_transactions: 4,
      tokens: '1002.5',
    });
  });
});

describe('Materialized Views > Compliance Summary', () => {
  it('Aggregated compliance data: total certifications, compliance score', async () => {
    await expectSummary('compliance_summary');
  });
});

describe.each(summaries)('Materialized Views > Refresh: Daily or on-demand (%s)', (name) => {
  it('the view has the state of its last refresh, and readers never wait for a refresh', async () => {
    const reader = await database.connect();
    const refresher = await database.connect();
    await reader.query('begin');
    await reader.query(`select count(*) from ${name}`);
    await refresher.query('begin');
    await refresher.query(`set local lock_timeout = '5s'`);
    // An earlier reader does not block the refresh, and the refresh does not block a later reader.
    const { rows } = await refresher.query<{ is_concurrent: boolean }>(
      'select * from refresh_materialized_views()',
    );
    expect(rows.map((row) => row.is_concurrent)).toEqual([true, true, true]);
    await reader.query(`set local lock_timeout = '1s'`);
    await reader.query(`select count(*) from ${name}`);
    await refresher.query('commit');
    await reader.query('commit');
  });

  it('a refresh fills a view that was never populated', async () => {
    await database.rows(`refresh materialized view ${name} with no data`);
    await expect(database.rows(`select * from ${name}`)).rejects.toMatchObject({ code: '55000' });
    const refreshed = await database.rows(
      'select view_name, is_concurrent from refresh_materialized_views()',
    );
    expect(refreshed).toEqual(
      ['compliance_summary', 'product_traceability_summary', 'user_activity_summary'].map((view) => ({
        view_name: `public.${view}`,
        is_concurrent: view !== name,
      })),
    );
    await expectSummary(name);
  });
});
