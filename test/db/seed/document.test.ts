/**
 * The seed document, from "Schema Structure" to "Maintenance and Monitoring", bullet by bullet in its own words. Behaviour has tests of its
 * own, named after its bullet; this file checks that objects exist.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSeedDatabase, type SeedDatabase } from './database.ts';

let database: SeedDatabase;

beforeAll(async () => {
  database = await openSeedDatabase();
  await database.live(300);
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

/** Title, table, key fields, and the indexed columns: a column leads an index, or is in its expression or condition. */
const tables: readonly (readonly [
  title: string,
  table: string,
  keyFields: string,
  indexes: Readonly<Record<string, string>>,
])[] = [
  [
    'Core Tables > Users',
    'users',
    'wallet_address email user_tier is_custodial',
    {
      'Wallet address': 'wallet_address',
      email: 'email',
      'user tier': 'user_tier',
      'creation date': 'created_at',
    },
  ],
  [
    'Core Tables > Products',
    'products',
    'product_id product_name batch_number manufacturer_id',
    {
      'Product ID': 'product_id',
      'batch number': 'batch_number',
      manufacturer: 'manufacturer_id',
      'product type': 'product_type',
      'active status': 'is_active',
    },
  ],
  [
    'Core Tables > Checkpoints',
    'checkpoints',
    'product_id timestamp location status temperature humidity',
    {
      'Product ID': 'product_id',
      stakeholder: 'stakeholder_id',
      status: 'status',
      timestamp: 'timestamp',
      location: 'location',
    },
  ],
  [
    'Core Tables > Traceability Chain',
    'traceability_chain',
    'product_id checkpoint_id sequence_order duration_hours',
    {
      'Product ID': 'product_id',
      'sequence order': 'sequence_order',
      'stakeholder relationships': 'from_stakeholder_id to_stakeholder_id',
    },
  ],
  [
    'Token Economy Tables > Trace Points',
    'trace_points',
    'user_id points points_type source_product_id',
    {
      'User ID': 'user_id',
      'points type': 'points_type',
      'creation date': 'created_at',
      'claimed status': 'is_claimed',
    },
  ],
  [
    'Token Economy Tables > TRACE Token Transactions',
    'trace_token_transactions',
    'user_id amount transaction_type status',
    {
      'User ID': 'user_id',
      'transaction type': 'transaction_type',
      status: 'status',
      'creation date': 'created_at',
    },
  ],
  [
    'Token Economy Tables > Staking Pools',
    'staking_pools',
    'pool_name pool_type apy_percentage min_stake_amount',
    { 'Pool type': 'pool_type', 'active status': 'is_active' },
  ],
  [
    'Token Economy Tables > User Stakes',
    'user_stakes',
    'user_id pool_id amount unlock_at',
    { 'User ID': 'user_id', 'pool ID': 'pool_id', 'active status': 'is_active', 'unlock date': 'unlock_at' },
  ],
  [
    'Compliance Tables > Compliance Standards',
    'compliance_standards',
    'standard_name standard_code category',
    { 'Standard code': 'standard_code', category: 'category', 'active status': 'is_active' },
  ],
  [
    'Compliance Tables > Product Certifications',
    'product_certifications',
    'product_id standard_id certification_number is_valid',
    { 'Product ID': 'product_id', 'standard ID': 'standard_id', 'valid status': 'is_valid' },
  ],
  [
    'Compliance Tables > Compliance Checkpoints',
    'compliance_checkpoints',
    'product_id checkpoint_id standard_id compliance_status',
    { 'Product ID': 'product_id', 'compliance status': 'compliance_status' },
  ],
  [
    'Payment Tables > Payment Contracts',
    'payment_contracts',
    'contract_address product_id buyer_id seller_id amount',
    {
      'Contract address': 'contract_address',
      'product ID': 'product_id',
      buyer: 'buyer_id',
      seller: 'seller_id',
      status: 'status',
    },
  ],
  [
    'Payment Tables > Escrow Transactions',
    'escrow_transactions',
    'payment_contract_id amount status released_at',
    { 'Payment contract ID': 'payment_contract_id', status: 'status' },
  ],
  [
    'NFT Tables > NFT Certificates',
    'nft_certificates',
    'token_id product_id owner_id certificate_type',
    {
      'Token ID': 'token_id',
      'product ID': 'product_id',
      owner: 'owner_id',
      'valid status': 'is_valid',
    },
  ],
  [
    'NFT Tables > Certificate Codes',
    'certificate_codes',
    'certificate_id verification_code is_used',
    { 'Verification code': 'verification_code', 'used status': 'is_used' },
  ],
  [
    'Analytics Tables > Product Analytics',
    'product_analytics',
    'product_id total_checkpoints compliance_score trust_score',
    { 'Product ID': 'product_id' },
  ],
  [
    'Analytics Tables > User Analytics',
    'user_analytics',
    'user_id total_products total_trace_points trust_rating',
    { 'User ID': 'user_id' },
  ],
  [
    'Audit Tables > System Events',
    'system_events',
    'event_type event_data severity source',
    { 'Event type': 'event_type', severity: 'severity', 'creation date': 'created_at' },
  ],
];

/** The indexes of a table or a partitioned table. */
async function indexesOf(table: string): Promise<string[]> {
  const rows = await database.rows<{ definition: string }>(
    'select pg_get_indexdef(indexrelid) as definition from pg_index where indrelid = $1::regclass and indisvalid',
    [table],
  );
  return rows.map(({ definition }) => definition.replace(/^.* USING /, ''));
}

describe.each(tables)('Schema Structure > %s', (_, table, keyFields, indexes) => {
  it(`Key Fields: ${keyFields}`, async () => {
    const rows = await database.rows<{ name: string }>(
      'select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped',
      [table],
    );
    expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(keyFields.split(' ')));
  });

  it.each(Object.entries(indexes))('Indexes: %s', async (_name, columns) => {
    const definitions = await indexesOf(`public.${table}`);
    for (const column of columns.split(' '))
      expect(
        definitions.filter((definition) => new RegExp(`\\b"?${column}"?\\b`).test(definition)),
      ).not.toEqual([]);
  });

  it('Purpose: says so itself', async () => {
    expect(
      await database.row(`select length(obj_description($1::regclass)) > 20 as documented`, [
        `public.${table}`,
      ]),
    ).toEqual({ documented: true });
  });
});

describe('Schema Structure > Audit Tables > Audit Logs', () => {
  it('Key Fields: table_name, record_id, operation, old_values, new_values', async () => {
    expect(
      await database.row(
        `select table_name, operation, old_values is null as is_new, new_values ->> 'is_active' as is_active from audit_logs
         where table_name = 'products' and record_id = (select id from products order by product_id limit 1)
         order by changed_at limit 1`,
      ),
    ).toMatchObject({ table_name: 'products', operation: 'INSERT', is_new: true });
  });

  it.each([
    ['Table name', 'ledger.journal', 'block_number'],
    ['record ID', 'ledger.journal', 'row_id'],
    ['record ID', 'ledger.application_changes', 'record_id'],
    ['changed date', 'ledger.application_changes', 'changed_at'],
    ['changed by', 'ledger.application_changes', 'changed_by'],
  ])('Indexes: %s, of the tables that it is a view over (%s)', async (_, table, column) => {
    expect((await indexesOf(table)).some((definition) => definition.includes(column))).toBe(true);
  });
});

/** A setting of a role from pg_roles in this database. */
const ownSettings = `(select setconfig::text from pg_db_role_setting
  where setrole = pg_roles.oid and setdatabase = (select oid from pg_database where datname = current_database()))`;

describe('Indexes and Performance', () => {
  const kinds = async (pattern: string) =>
    (
      await database.row<{ count: number }>(
        `select count(*)::int from pg_indexes where schemaname = 'public' and indexdef ~ $1`,
        [pattern],
      )
    ).count;

  it.each([
    ['B-tree indexes for equality and range queries', 'USING btree'],
    ['GIN indexes for JSONB columns', 'USING gin \\(\\w+ jsonb_path_ops'],
    ['GIN indexes for full-text search', 'USING gin \\(to_tsvector'],
    ['Partial indexes for active records', 'WHERE is_active'],
    ['Composite indexes for common query patterns', 'USING btree \\(user_id, created_at DESC'],
  ])('Primary Indexes > %s', async (_, pattern) => {
    expect(await kinds(pattern)).toBeGreaterThan(0);
  });

  it('Performance Optimizations > Materialized views for complex aggregations', async () => {
    const rows = await database.rows<{ name: string }>(
      'select matviewname as name from pg_matviews order by 1',
    );
    expect(rows.map(({ name }) => name)).toEqual([
      'compliance_summary',
      'product_traceability_summary',
      'user_activity_summary',
    ]);
  });

  it.each([
    ['Connection pooling with user-specific limits', `rolconnlimit > 0`],
    ['Statement timeouts to prevent long-running queries', `${ownSettings} like '%statement\\_timeout=%'`],
  ])('Performance Optimizations > %s', async (_, condition) => {
    const rows = await database.rows<{ name: string }>(
      `select rolname as name from pg_roles where rolname like 'tracechain\\_%' and ${condition} order by 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['tracechain_analytics', 'tracechain_app', 'tracechain_readonly']),
    );
  });
});

describe('Security and Access Control', () => {
  const asked = async (condition: string) =>
    (await database.row<{ is_so: boolean }>(`select ${condition} as is_so`)).is_so;

  it.each([
    [
      'User Roles > tracechain_app: Full application access',
      `has_table_privilege('tracechain_app', 'users', 'INSERT, UPDATE') and has_table_privilege('tracechain_app', 'products', 'SELECT')`,
    ],
    [
      'User Roles > tracechain_readonly: Read-only access',
      `has_table_privilege('tracechain_readonly', 'products', 'SELECT') and not has_table_privilege('tracechain_readonly', 'users', 'INSERT, UPDATE, DELETE')`,
    ],
    [
      'User Roles > tracechain_analytics: Analytics and reporting access',
      `has_table_privilege('tracechain_analytics', 'product_traceability_summary', 'SELECT')`,
    ],
    [
      'Permissions > Table-level permissions based on user roles',
      `not has_table_privilege('tracechain_readonly', 'products', 'UPDATE')`,
    ],
    [
      'Permissions > Function-level permissions for business logic',
      `has_function_privilege('tracechain_analytics', 'update_analytics(boolean)', 'EXECUTE')
       and not has_function_privilege('tracechain_readonly', 'update_analytics(boolean)', 'EXECUTE')`,
    ],
    [
      'Permissions > Sequence permissions for ID generation',
      `not has_sequence_privilege('tracechain_readonly', 'ledger.maintenance_runs_id_seq', 'UPDATE')`,
    ],
    [
      'Permissions > Default privileges for future objects',
      `(select count(*) from pg_default_acl where defaclacl::text like '%tracechain\\_%') > 0`,
    ],
    [
      'Security Features > Connection limits per user',
      `(select bool_and(rolconnlimit > 0) from pg_roles where rolname like 'tracechain\\_%')`,
    ],
    [
      'Security Features > Work memory limits for analytics queries',
      `(select ${ownSettings} like '%work_mem=%' from pg_roles where rolname = 'tracechain_analytics')`,
    ],
  ])('%s', async (_, condition) => {
    expect(await asked(condition)).toBe(true);
  });

  it('Security Features > Audit logging for all changes', async () => {
    await database.rows(
      `update users set company_name = 'Audited' where id = (select id from users limit 1)`,
    );
    expect(
      await database.row(
        `select count(*)::int from audit_logs where table_name = 'users' and new_values ->> 'company_name' = 'Audited'`,
      ),
    ).toEqual({ count: 1 });
  });
});

describe('Data Types and Constraints', () => {
  it.each(['product_type', 'checkpoint_status', 'stakeholder_role', 'user_tier', 'transaction_status'])(
    'Custom Types > %s',
    async (name) => {
      expect(
        await database.row(
          `select count(*)::int > 2 as is_there from pg_enum where enumtypid = $1::regtype`,
          [`public.${name}`],
        ),
      ).toEqual({ is_there: true });
    },
  );

  it.each([
    [
      'Foreign key constraints for referential integrity',
      `insert into user_analytics (user_id) values (gen_random_uuid())`,
      '23503',
    ],
    [
      'Unique constraints for business keys',
      `insert into users (wallet_address) select wallet_address from users limit 1`,
      '23505',
    ],
    [
      'Check constraints for data validation',
      `insert into users (wallet_address) values ('no wallet')`,
      '23514',
    ],
    ['Not null constraints for required fields', `insert into users (wallet_address) values (null)`, '23502'],
  ])('Constraints > %s', async (_, statement, code) => {
    await expect(database.rows(statement)).rejects.toMatchObject({ code });
  });
});
