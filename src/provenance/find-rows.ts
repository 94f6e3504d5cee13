/** Rows by what a person calls them by: a batch number, a token's id, a wallet, a code, a transaction; or by their id. */
import { type ClientBase, escapeIdentifier } from 'pg';
import type { Uuid } from '../primitives/ids.ts';
import type { ExplainedTable } from './tables.ts';

export interface FoundRow {
  readonly id: Uuid;
  /** What tells it from others that answer to the same key, as `name value` parts. */
  readonly label: string;
}

/** Beyond this many, a key tells nothing. */
const mostListed = 50;

/**
 * Every row of the table that answers to the key, at most `mostListed`. A UUID is taken for the row's id whether or not the row is
 * there: one that was removed has a history too.
 */
export async function findRows(
  client: ClientBase,
  table: ExplainedTable,
  key: string,
  chainId: number,
): Promise<FoundRow[]> {
  if (/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(key))
    return [{ id: key.toLowerCase() as Uuid, label: '' }];
  const conditions = keyKinds
    .filter(({ form }) => form.test(key))
    .flatMap(({ conditionOf }) => conditionOf(table.name) ?? []);
  if (conditions.length === 0) return [];
  const ofChain = table.chain === null ? '$2::bigint is not null' : '(chain_id = $2 or chain_id is null)';
  const { rows } = await client.query<{ id: Uuid; label: string }>(
    `select id, ${labels[table.name] ?? `''`} as label from public.${escapeIdentifier(table.name)} as found
     where (${conditions.join(' or ')}) and ${ofChain}
     order by ${table.chain === null ? 'created_at' : 'block_number, log_index'}, id limit ${mostListed}`,
    [key, chainId],
  );
  return rows;
}

interface KeyKind {
  readonly form: RegExp;
  /** The condition by which a table's rows answer to such a key, `$1`; undefined where none does. */
  readonly conditionOf: (table: string) => string | undefined;
}

const productsOf = (condition: string): string =>
  `product_id in (select id from public.products where ${condition})`;
const paymentsOf =
  'payment_contract_id in (select id from public.payment_contracts where payment_id = $1::text::numeric)';
const certificatesOf =
  'certificate_id in (select id from public.nft_certificates where token_id = $1::text::numeric)';
const batchNumber = 'left(batch_number, 200) = left($1::text, 200) and batch_number = $1::text';
const ofUser = (column: string): string => `${column} = ledger.user_id(lower($1::text))`;

/** What a number means: the id that the contract gave to the thing, or to what it belongs to. */
const numbered: Readonly<Record<string, string>> = {
  products: 'product_id = $1::text::numeric',
  product_stakeholders: productsOf('product_id = $1::text::numeric'),
  checkpoints: productsOf('product_id = $1::text::numeric'),
  traceability_chain: productsOf('product_id = $1::text::numeric'),
  nft_certificates: 'token_id = $1::text::numeric',
  certificate_codes: certificatesOf,
  certificate_verifications: certificatesOf,
  payment_contracts: 'payment_id = $1::text::numeric',
  payment_milestones: paymentsOf,
  payment_disputes: 'dispute_id = $1::text::numeric',
  escrow_transactions: paymentsOf,
  product_certifications: 'chain_product_id = $1::text::numeric',
  compliance_checkpoints: 'chain_product_id = $1::text::numeric',
  factory_contracts: 'instance_id = $1::text::numeric',
};

const walletOf: Readonly<Record<string, string>> = {
  users: 'wallet_address = lower($1::text)',
  token_balances: 'address = lower($1::text)',
  vesting_schedules: 'beneficiary = lower($1::text)',
  user_stakes: ofUser('user_id'),
  trace_points: ofUser('user_id'),
  product_stakeholders: ofUser('stakeholder_id'),
  trace_token_transactions: ofUser('user_id'),
  nft_certificates: ofUser('owner_id'),
  factory_contracts: 'contract_address = lower($1::text)',
  staking_pools: 'smart_contract_address = lower($1::text)',
};

const textual: Readonly<Record<string, string>> = {
  products: batchNumber,
  product_stakeholders: productsOf(batchNumber),
  checkpoints: productsOf(batchNumber),
  traceability_chain: productsOf(batchNumber),
  nft_certificates:
    'id in (select certificate_id from public.certificate_codes where verification_code = $1::text)',
  certificate_codes: 'verification_code = $1::text',
  product_certifications: 'certification_number = $1::text',
  compliance_rules: 'rule_id = $1::text',
  compliance_standards: 'standard_code = ledger.standard_code($1::text)',
  compliance_standard_support: 'standard_id = ledger.standard_id($1::text)',
  users: 'email = $1::text or username = $1::text',
  system_events: 'event_type = $1::text',
};

const withoutTransaction = new Set(['users', 'compliance_standards']);

const keyKinds: readonly KeyKind[] = [
  { form: /^[0-9]{1,78}$/, conditionOf: (table) => numbered[table] },
  { form: /^0x[0-9a-f]{40}$/i, conditionOf: (table) => walletOf[table] },
  {
    form: /^0x[0-9a-f]{64}$/i,
    conditionOf: (table) =>
      withoutTransaction.has(table)
        ? undefined
        : 'transaction_hash = lower($1::text) or changed_transaction_hash = lower($1::text)',
  },
  { form: /./su, conditionOf: (table) => textual[table] },
];

const product = `'product ' || product_id || ' of ' || smart_contract_address`;
const ofProduct = (what: string): string =>
  `coalesce((select 'product ' || product.product_id || ', ' from public.products as product where product.id = found.product_id), '') || ${what}`;
const certificate = `(select 'certificate ' || token_id || ' of ' || nft.smart_contract_address from public.nft_certificates as nft where nft.id = found.certificate_id)`;
const payment = `(select 'payment ' || payment_id || ' of ' || paid.smart_contract_address from public.payment_contracts as paid where paid.id = found.payment_contract_id)`;
const walletName = (column: string): string =>
  `(select wallet_address from public.users where users.id = found.${column})`;

/** What a row is, in a few words. */
const labels: Readonly<Record<string, string>> = {
  products: product,
  product_stakeholders: ofProduct(`'stakeholder ' || coalesce(${walletName('stakeholder_id')}, '')`),
  checkpoints: ofProduct(`'checkpoint ' || checkpoint_index`),
  traceability_chain: ofProduct(`'link ' || sequence_order`),
  trace_token_transactions: `transaction_type || ' of ' || amount || ' in block ' || block_number`,
  token_balances: `address || ' at ' || smart_contract_address`,
  vesting_schedules: `'vesting of ' || beneficiary`,
  staking_pools: 'pool_name',
  user_stakes: `'stake of ' || ${walletName('user_id')}`,
  trace_points: `points || ' points of ' || ${walletName('user_id')} || ' in block ' || block_number`,
  nft_certificates: `'certificate ' || token_id || ' of ' || smart_contract_address`,
  certificate_codes: certificate,
  certificate_verifications: `${certificate} || ' in block ' || block_number`,
  product_certifications: `'product ' || chain_product_id || ', number ' || left(certification_number, 80)`,
  compliance_rules: `coalesce(rule_name, rule_key)`,
  compliance_standard_support: `'of ' || smart_contract_address`,
  compliance_checkpoints: `'check of product ' || chain_product_id || ' in block ' || block_number`,
  payment_contracts: `'payment ' || payment_id || ' of ' || smart_contract_address`,
  payment_milestones: `${payment} || ', milestone ' || milestone_id`,
  payment_disputes: `${payment} || ', dispute ' || dispute_id`,
  escrow_transactions: `${payment} || ', ' || kind || ' of ' || coalesce(amount::text, '?')`,
  system_events: `event_type || ' in block ' || coalesce(block_number::text, '-')`,
  factory_contracts: `coalesce(name, kind) || ' at ' || contract_address`,
  users: 'wallet_address',
  compliance_standards: `standard_code || ', ' || standard_name`,
};

/** What the row is, in a few words; null where it isn't there. */
export async function labelOf(client: ClientBase, table: ExplainedTable, id: Uuid): Promise<string | null> {
  const { rows } = await client.query<{ label: string | null }>(
    `select ${labels[table.name] ?? `''`} as label from public.${escapeIdentifier(table.name)} as found where id = $1`,
    [id],
  );
  return rows[0]?.label ?? null;
}
