import { execFile } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { getTableColumns, getTableName } from 'drizzle-orm';
import { getTableConfig, type PgColumn, type PgTable } from 'drizzle-orm/pg-core';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTemporaryFolder } from '../../src/devnet/data-folder/files.ts';
import { createMigratedDatabase, type TestDatabase } from '../support/postgres.ts';
import { tablesInOrder } from './rows.ts';

const provenance =
  'chain_id smart_contract_address block_number block_hash transaction_hash log_index changed_block_number changed_block_hash changed_transaction_hash changed_log_index';

/** The names that applications and reports rely on. */
const promised: Readonly<Record<string, string>> = {
  users:
    'id wallet_address email username first_name last_name company_name user_tier is_custodial is_verified created_at updated_at last_login metadata',
  products: `id product_id product_name product_type product_type_text manufacturer_id batch_number manufacture_date expiry_date raw_materials is_active metadata_uri deactivated_at deactivated_by created_at updated_at ${provenance}`,
  product_stakeholders: `id product_id stakeholder_id role added_at added_by is_active ${provenance}`,
  checkpoints: `id product_id checkpoint_index timestamp location stakeholder_id status status_text temperature humidity additional_data created_at ${provenance}`,
  traceability_chain: `id product_id checkpoint_id sequence_order from_location to_location from_stakeholder_id to_stakeholder_id duration_hours distance_km created_at ${provenance}`,
  trace_points: `id user_id points points_type source_product_id source_checkpoint_id description created_at expires_at is_claimed claimed_at metadata ${provenance}`,
  trace_token_transactions: `id user_id transaction_type amount from_address to_address status gas_used gas_price created_at confirmed_at metadata ${provenance}`,
  staking_pools: `id pool_name pool_type apy_percentage min_stake_amount max_stake_amount lock_period_days is_active created_at updated_at ${provenance}`,
  user_stakes: `id user_id pool_id amount staked_at unlock_at is_active rewards_claimed last_claim_at ${provenance}`,
  compliance_standards: 'id standard_name standard_code description category is_active created_at',
  compliance_standard_support: `id smart_contract_address standard_id is_supported ${provenance}`,
  compliance_rules: `id rule_key rule_id rule_name product_type standard_id requirement severity is_active ${provenance}`,
  product_certifications: `id product_id standard_id certification_number issued_by issued_at expires_at is_valid certificate_uri chain_product_id created_at ${provenance}`,
  compliance_checkpoints: `id product_id checkpoint_id standard_id rule_id compliance_status check_details checked_by checked_at confidence evidence_uri chain_product_id metadata ${provenance}`,
  payment_contracts: `id contract_address payment_id product_id chain_product_id buyer_id seller_id amount currency payment_type status is_disputed conditions created_at expires_at metadata ${provenance}`,
  escrow_transactions: `id payment_contract_id kind milestone_id amount status created_at released_at released_by metadata ${provenance}`,
  payment_milestones: `id payment_contract_id milestone_id description amount is_completed due_date deliverables ${provenance}`,
  payment_disputes: `id payment_contract_id dispute_id initiator_id reason evidence is_resolved arbitrator_id resolution_date favor_payer resolution ${provenance}`,
  nft_certificates: `id token_id product_id chain_product_id owner_id certificate_type metadata_uri is_valid invalidation_reason minted_at minter_id expires_at transferred_at compliance_standards ${provenance}`,
  certificate_codes: `id certificate_id verification_code is_used used_at used_by created_at expires_at ${provenance}`,
  certificate_verifications: `id certificate_id verifier_id verification_method is_valid additional_data verified_at ${provenance}`,
  token_balances: `id address balance ${provenance}`,
  vesting_schedules: `id beneficiary_id beneficiary total_amount released_amount start_time duration_seconds is_revocable ${provenance}`,
  product_analytics:
    'id product_id total_checkpoints total_stakeholders trace_duration_hours compliance_score trust_score last_checkpoint_at created_at updated_at',
  user_analytics:
    'id user_id total_products total_checkpoints total_trace_points total_trace_tokens trust_rating last_activity_at created_at updated_at',
  system_events: `id event_type event_data severity source created_at processed_at ${provenance}`,
};

const promisedEnums = {
  product_type: 'pharmaceutical electronics luxury food clothing cosmetics automotive agricultural other',
  checkpoint_status:
    'manufactured quality_checked packaged shipped in_transit received stored sold recalled disposed other',
  stakeholder_role: 'manufacturer distributor retailer consumer regulator auditor logistics quality_control',
  user_tier: 'free premium enterprise',
  transaction_status: 'pending confirmed failed cancelled',
  system_event_severity: 'debug info warning error fatal',
};

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

interface CatalogueColumn {
  readonly column: string;
  readonly type: string;
  readonly isNotNull: boolean;
}

async function catalogueColumns(schema: string, table: string): Promise<CatalogueColumn[]> {
  const { rows } = await client.query<CatalogueColumn>(
    `select attname as column, format_type(atttypid, atttypmod) as type, attnotnull as "isNotNull"
     from pg_attribute
     where attrelid = to_regclass(format('%I.%I', $1::text, $2::text)) and attnum > 0 and not attisdropped`,
    [schema, table],
  );
  return rows;
}

describe('the migrated database', () => {
  it.each(Object.entries(promised))('has %s with every promised column', async (table, columns) => {
    const found = new Set((await catalogueColumns('public', table)).map(({ column }) => column));
    expect(columns.split(' ').filter((column) => !found.has(column))).toEqual([]);
  });

  it.each(Object.entries(promisedEnums))('has the enum %s', async (name, values) => {
    const { rows } = await client.query<{ values: string }>(
      `select string_agg(enumlabel, ' ' order by enumsortorder) as values from pg_enum where enumtypid = $1::regtype`,
      [name],
    );
    expect(rows[0]?.values).toBe(values);
  });

  it.each(tablesInOrder().map((table) => [getTableName(table), table] as const))(
    'the table %s equals its declaration in the schema files',
    async (name, table) => {
      const { schema = 'public' } = getTableConfig(table);
      const declared = Object.values<PgColumn>(getTableColumns<PgTable>(table)).map((column) => ({
        column: column.name,
        type: column.getSQLType().replace('char(', 'character('),
        isNotNull: column.notNull,
      }));
      expect(byName(await catalogueColumns(schema, name))).toEqual(byName(declared));
    },
  );

  it('rows that refer to a chain-derived row are found through an index, so that an undo needs no scan', async () => {
    const { rows } = await client.query(
      `select conrelid::regclass::text as table, attname as column
       from pg_constraint join pg_attribute on attrelid = conrelid and attnum = conkey[1]
       where contype = 'f' and connamespace in ('public'::regnamespace, 'ledger'::regnamespace) and confrelid not in ('users'::regclass, 'compliance_standards'::regclass)
         and not exists (
           select from pg_index
           where indrelid = conrelid and indkey[0] = conkey[1] and indpred is null)`,
    );
    expect(rows).toEqual([]);
  });

  it('movements state whether their block is final', async () => {
    await client.query(
      `insert into ledger.chains (chain_id, genesis_hash, final_number) values (1, '\\x00', 100), (2, '\\x00', null)`,
    );
    const { rows } = await client.query(
      `select is_final(1, 100) as final, is_final(1, 101) as provisional, is_final(2, 0) as "noneFinal",
         is_final(3, 0) as unknown, is_final(1, null) as "noBlock"`,
    );
    expect(rows).toEqual([
      { final: true, provisional: false, noneFinal: false, unknown: false, noBlock: false },
    ]);
  });
});

describe('the migrations', () => {
  it('the migrations equal drizzle-kit’s output for the schema files', async () => {
    const folder = await makeTemporaryFolder('migrations');
    try {
      await cp('drizzle', folder, { recursive: true });
      const { stdout } = await promisify(execFile)(process.execPath, [
        join('node_modules', 'drizzle-kit', 'bin.cjs'),
        'generate',
        '--dialect=postgresql',
        '--schema=./src/tracechain/*/tables.ts',
        // drizzle-kit prepends ./ to every path.
        `--out=${relative('.', folder)}`,
      ]);
      expect(stdout).toContain('No schema changes, nothing to migrate');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

function byName(columns: readonly CatalogueColumn[]): CatalogueColumn[] {
  return columns.toSorted((left, right) => (left.column < right.column ? -1 : 1));
}
