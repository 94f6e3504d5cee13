/** All counts of valid certificates use one definition, which excludes expired ones. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSeedDatabase, type SeedDatabase } from './seed/database.ts';
import { fill, generatedInstant, generatedProvenance } from './seed/generated-rows.ts';

let database: SeedDatabase;

const product = `md5('product')::uuid`;
/** Four certificates: one never expires, one expires later, one has expired, and one was revoked. */
const validity = {
  is_valid: 'n <> 4',
  expires_at: `case n when 2 then now() + interval '1 day' when 3 then now() - interval '1 day' end`,
};

beforeAll(async () => {
  database = await openSeedDatabase();
  const { client } = database;
  // This test does not need foreign keys and triggers.
  await client.query('set session_replication_role = replica');
  await client.query(`insert into users (wallet_address) values ('0x' || repeat('9', 40))`);
  const at = { created_at: generatedInstant, ...generatedProvenance };
  await fill(client, 'products', 1, {
    id: product,
    product_id: 'n',
    is_active: 'true',
    updated_at: generatedInstant,
    ...at,
  });
  await fill(client, 'product_certifications', 4, {
    id: `md5('certification ' || n)::uuid`,
    product_id: product,
    standard_id: `ledger.standard_id('standard ' || n)`,
    certification_number: 'n',
    certification_number_digest: `decode(md5('number ' || n), 'hex')`,
    chain_product_id: '1',
    created_at: generatedInstant,
    ...validity,
    ...generatedProvenance,
  });
  await fill(client, 'nft_certificates', 4, {
    id: `md5('certificate ' || n)::uuid`,
    token_id: 'n',
    owner_id: `ledger.user_id('0x' || repeat('9', 40))`,
    ...validity,
    ...generatedProvenance,
  });
  await client.query('set session_replication_role = default');
  await client.query('select * from refresh_materialized_views()');
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

const certifications = 'total_certifications::int as total, valid_certifications::int as valid';

it.each([
  ['product_details', certifications],
  ['compliance_summary', certifications],
  [`check_product_compliance(${product})`, certifications],
  ['user_portfolio', 'total_certificates::int as total, valid_certificates::int as valid'],
])('%s counts only certificates in force as valid', async (relation, columns) => {
  expect(await database.row(`select ${columns} from ${relation}`)).toEqual({ total: 4, valid: 2 });
});

it('a certificate expires in the exact second of its expiry, and one of unknown validity is not counted as valid', async () => {
  expect(
    await database.row(
      `select ledger.is_in_force(true, now()) as now, ledger.is_in_force(true, now() + interval '1 microsecond') as later,
         ledger.is_in_force(false, null) as withdrawn, ledger.is_in_force(null, null) as unknown`,
    ),
  ).toEqual({ now: false, later: true, withdrawn: false, unknown: null });
});
