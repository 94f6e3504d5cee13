/** What makes a row of each chain-derived table one of a kind, and which columns the chain doesn't settle. */

/** A log's own row. */
const log = ['block_number', 'log_index'];
const contract = 'smart_contract_address';

/** By these columns a row is found again; a reference counts as the key of the row that it refers to. */
export const keyColumns: Readonly<Record<string, readonly string[]>> = {
  users: ['wallet_address'],
  compliance_standards: ['standard_code'],
  products: [contract, 'product_id'],
  product_stakeholders: ['product_id', 'stakeholder_id'],
  checkpoints: ['product_id', 'checkpoint_index'],
  traceability_chain: ['product_id', 'sequence_order'],
  trace_token_transactions: log,
  token_balances: [contract, 'address'],
  vesting_schedules: [contract, 'beneficiary'],
  staking_pools: [contract],
  user_stakes: ['pool_id', 'user_id'],
  trace_points: log,
  compliance_standard_support: [contract, 'standard_id'],
  compliance_rules: [contract, 'rule_key'],
  nft_certificates: [contract, 'token_id'],
  certificate_codes: ['certificate_id'],
  certificate_verifications: log,
  product_certifications: [contract, 'chain_product_id', 'standard_id', 'certification_number'],
  compliance_checkpoints: log,
  payment_contracts: [contract, 'payment_id'],
  payment_milestones: ['payment_contract_id', 'milestone_id'],
  payment_disputes: [contract, 'dispute_id'],
  escrow_transactions: [...log, 'kind'],
  system_events: log,
  factory_contracts: ['contract_address'],
};

const derivedId =
  'derived from the key; that it is one of a kind is the primary key’s business, that references find it ours';
const application = 'the application’s';
const wallClock = 'when the daemon saw it, by the wall clock';

/** Not compared, because; `*` stands for every table. */
export const notCompared: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '*': { id: derivedId },
  traceability_chain: { distance_km: application },
  trace_points: {
    source_product_id: application,
    source_checkpoint_id: application,
    description: application,
    expires_at: application,
  },
  staking_pools: { max_stake_amount: application },
  trace_token_transactions: { confirmed_at: wallClock },
  escrow_transactions: { confirmed_at: wallClock },
  system_events: { processed_at: application },
};
