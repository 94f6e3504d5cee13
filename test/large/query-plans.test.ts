/** The common queries at a million rows: each finds its rows through an index. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSeedDatabase, type SeedDatabase } from '../db/seed/database.ts';
import { fill, generatedInstant, generatedProvenance } from '../db/seed/generated-rows.ts';

const million = 1_000_000;

let database: SeedDatabase;

beforeAll(async () => {
  database = await openSeedDatabase();
  const { client } = database;
  // Neither keys to other tables nor triggers are looked at here: rows alone make the planner's choice.
  await client.query('set session_replication_role = replica');
  const common = { ...generatedProvenance, created_at: generatedInstant };
  await fill(client, 'products', million, {
    id: `md5('product ' || n)::uuid`,
    product_id: 'n',
    product_name: `'Product ' || md5('word ' || n % 50000) || ' of series ' || n % 1000`,
    batch_number: `'BATCH-' || n`,
    manufacturer_id: `md5('user ' || n % 5000)::uuid`,
    is_active: 'true',
    updated_at: generatedInstant,
    ...common,
  });
  await fill(client, 'checkpoints', million, {
    id: `md5('checkpoint ' || n)::uuid`,
    product_id: `md5('product ' || n / 10)::uuid`,
    checkpoint_index: 'n % 10',
    location: `'Place ' || n % 1000`,
    ...common,
  });
  await fill(client, 'traceability_chain', million, {
    id: `md5('link ' || n)::uuid`,
    product_id: `md5('product ' || n / 10)::uuid`,
    checkpoint_id: `md5('checkpoint ' || n)::uuid`,
    sequence_order: 'n % 10',
    ...common,
  });
  await fill(client, 'trace_token_transactions', million, {
    id: `md5('movement ' || n)::uuid`,
    user_id: `md5('user ' || n % 5000)::uuid`,
    transaction_type: `'transfer'`,
    amount: 'n',
    ...common,
  });
  await fill(client, 'certificate_codes', million, {
    id: `md5('code ' || n)::uuid`,
    certificate_id: `md5('certificate ' || n)::uuid`,
    verification_code: `'CODE-' || n`,
    is_used: 'false',
    ...common,
  });
  await fill(client, 'payment_contracts', million, {
    id: `md5('payment ' || n)::uuid`,
    contract_address: `'0x' || repeat('c', 40)`,
    payment_id: 'n',
    status: `'pending'`,
    is_disputed: 'false',
    metadata: `jsonb_build_object('order', n, 'kind', n % 10)`,
    ...common,
  });
  await client.query('analyze');
}, 1_800_000);

afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

interface Plan {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly Plan[];
}

function nodesOf(plan: Plan): readonly Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

describe('at a million rows, an index serves', () => {
  it.each([
    [
      'product by batch number',
      `select * from products where batch_number = 'BATCH-777777'`,
      'products_batch_number_index',
    ],
    [
      'a product’s chain',
      `select * from traceability_chain where product_id = md5('product 77')::uuid order by sequence_order`,
      'traceability_chain_product_sequence_key',
    ],
    [
      'a product’s checkpoints',
      `select * from checkpoints where product_id = md5('product 77')::uuid order by checkpoint_index`,
      'checkpoints_product_checkpoint_key',
    ],
    [
      'a user’s transactions newest first',
      `select * from trace_token_transactions where user_id = md5('user 77')::uuid order by created_at desc limit 20`,
      'trace_token_transactions_user_id_index',
    ],
    [
      'certificates by code',
      `select * from certificate_codes where verification_code = 'CODE-777777'`,
      'certificate_codes_verification_code_index',
    ],
    [
      'text search',
      `select * from products where to_tsvector('simple', left(product_name, 10000)) @@ plainto_tsquery('simple', md5('word 77'))`,
      'products_product_name_search_index',
    ],
    [
      'metadata search',
      `select * from payment_contracts where metadata @> '{"order": 777777}'`,
      'payment_contracts_metadata_index',
    ],
  ])('%s', async (_, query, index) => {
    const [row] = await database.rows<{ 'QUERY PLAN': { Plan: Plan }[] }>(`explain (format json) ${query}`);
    const plan = row?.['QUERY PLAN'][0]?.Plan;
    const nodes = plan === undefined ? [] : nodesOf(plan);
    expect(nodes.map((node) => node['Index Name'])).toContain(index);
    expect(nodes.filter((node) => node['Node Type'] === 'Seq Scan')).toEqual([]);
    const startedAt = performance.now();
    const { rowCount } = await database.client.query(query);
    expect(rowCount).toBeGreaterThan(0);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
