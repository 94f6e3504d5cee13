/**
 * Rows in bulk, made by the database itself: as many as a test wants, and the same ones every time. Who has what is drawn
 * unevenly (many rows for few, none for some), since sums go wrong where counts differ.
 */
import type { ClientBase } from 'pg';

export interface RowCounts {
  readonly users: number;
  readonly products: number;
  readonly checkpoints: number;
  readonly checks: number;
  readonly points: number;
  readonly movements: number;
}

/** A table's columns with the SQL of their values in row `n`, n from 1 on. */
type Columns = Readonly<Record<string, string>>;

const instant = `timestamptz '2024-01-01 00:00Z' + n * interval '37 seconds'`;

const provenance: Columns = {
  chain_id: '31337',
  smart_contract_address: `'0x' || repeat('c', 40)`,
  block_number: 'n',
  block_hash: `'0x' || repeat('b', 64)`,
  transaction_hash: `'0x' || md5('transaction ' || n) || md5('of ' || n)`,
  log_index: 'n % 50',
};

/** A number below `limit` drawn for row n, small ones more often: the draw is squared. */
function drawn(salt: string, limit: number): string {
  return `floor(power((hashtextextended('${salt} ' || n, 0) & 65535) / 65536.0, 2) * ${limit})::int`;
}

const wallet = (number: string): string => `'0x' || lpad(to_hex(${number}), 40, '0')`;
const id = (kind: string, number: string): string => `md5('${kind} ' || (${number}))::uuid`;

/** The user of a drawn number; nobody for one past the last. */
const someUser = (salt: string, users: number): string =>
  `(select id from users where wallet_address = ${wallet(drawn(salt, users + 1))})`;

function tables(counts: RowCounts): readonly (readonly [string, number, Columns])[] {
  const { users, products, checkpoints, checks, points, movements } = counts;
  const contract = `'0x' || repeat('c', 40)`;
  const someProduct = (salt: string) => id('product', drawn(salt, products));
  return [
    ['users', users, { wallet_address: wallet('n - 1') }],
    ['compliance_standards', 4, { standard_code: `'STANDARD ' || n`, standard_name: `'Standard ' || n` }],
    [
      'products',
      products,
      {
        id: id('product', 'n - 1'),
        product_id: 'n',
        product_name: `'Product ' || md5('name ' || n)`,
        product_type: `'food'`,
        manufacturer_id: someUser('maker', users),
        batch_number: `'BATCH-' || n`,
        is_active: 'n % 7 <> 0',
        created_at: instant,
        updated_at: instant,
        ...provenance,
      },
    ],
    [
      'product_stakeholders',
      products * 2,
      {
        id: id('stakeholder', 'n'),
        product_id: id('product', `(n - 1) / 2`),
        stakeholder_id: `(select id from users where wallet_address = ${wallet(`n % ${users}`)})`,
        is_active: 'n % 5 <> 0',
        ...provenance,
      },
    ],
    [
      'checkpoints',
      checkpoints,
      {
        id: id('checkpoint', 'n'),
        product_id: someProduct('visited'),
        checkpoint_index: 'n',
        timestamp: `case when n % 97 <> 0 then ${instant} end`,
        location: `'Place ' || n % 100`,
        stakeholder_id: someUser('recorder', users),
        status: `'shipped'`,
        created_at: instant,
        ...provenance,
      },
    ],
    [
      'compliance_checkpoints',
      checks,
      {
        id: id('check', 'n'),
        product_id: `case when n % 11 <> 0 then ${someProduct('checked')} end`,
        standard_id: `ledger.standard_id('STANDARD ' || (n % 4 + 1))`,
        rule_key: `'0x' || repeat(to_hex(n % 16), 64)`,
        compliance_status: `(case when n % 3 = 0 then 'failed' else 'passed' end)::compliance_status`,
        checked_at: instant,
        chain_product_id: 'n',
        ...provenance,
      },
    ],
    [
      'product_certifications',
      products,
      {
        id: id('certification', 'n'),
        product_id: `case when n % 13 <> 0 then ${someProduct('certified')} end`,
        standard_id: `ledger.standard_id('STANDARD ' || (n % 4 + 1))`,
        certification_number: `'C-' || n`,
        certification_number_digest: `ledger.text_digest('C-' || n)`,
        is_valid: 'n % 4 <> 0',
        chain_product_id: 'n',
        created_at: instant,
        ...provenance,
      },
    ],
    [
      'trace_points',
      points,
      {
        id: id('points', 'n'),
        user_id: someUser('earner', users),
        points: `n * 1.000000000000000001`,
        points_type: `'checkpoint'`,
        created_at: instant,
        is_claimed: 'n % 2 = 0',
        ...provenance,
      },
    ],
    [
      'trace_token_transactions',
      movements,
      {
        id: id('movement', 'n'),
        user_id: someUser('mover', users),
        transaction_type: `'transfer'`,
        amount: `n * 0.3`,
        created_at: instant,
        ...provenance,
      },
    ],
    [
      'token_balances',
      users,
      {
        id: id('balance', 'n'),
        address: wallet('n / 2'),
        balance: `n + 0.000000000000000007`,
        ...provenance,
        smart_contract_address: `case n % 2 when 0 then ${contract} else '0x' || repeat('d', 40) end`,
      },
    ],
  ];
}

export async function generateRows(client: ClientBase, counts: RowCounts): Promise<void> {
  for (const [table, rows, columns] of tables(counts)) await fill(client, table, rows, columns);
  await client.query('analyze');
}

/** Fills a table with rows 1 to `rows`. */
export async function fill(client: ClientBase, table: string, rows: number, columns: Columns): Promise<void> {
  const names = Object.keys(columns).map((name) => `"${name}"`);
  await client.query(
    `insert into ${table} (${names.join(', ')})
     select ${Object.values(columns).join(', ')} from generate_series(1, ${rows}) as n`,
  );
}

export const generatedProvenance = provenance;
export const generatedInstant = instant;
