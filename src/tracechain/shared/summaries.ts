/**
 * The summaries for reports, as of their last refresh. Each kind of child rows is aggregated before the join;
 * a join of several kinds would multiply their sums.
 */
import { sql } from 'drizzle-orm';
import { boolean, pgMaterializedView, text } from 'drizzle-orm/pg-core';
import { address, chainId, decimal, instant, rowCount, uint256, uuidRef } from '../../db/columns.ts';
import { userTier } from './enums.ts';

/** A product's identity columns, which the summaries repeat. */
const productIdentity = () => ({
  productId: uuidRef('product_id'),
  chainId: chainId(),
  smartContractAddress: address('smart_contract_address'),
  chainProductId: uint256('chain_product_id'),
  productName: text('product_name'),
  batchNumber: text('batch_number'),
  manufacturerId: uuidRef('manufacturer_id'),
  isActive: boolean('is_active'),
});

/** One row per product, as of the last refresh. */
export const productTraceabilitySummary = pgMaterializedView('product_traceability_summary', {
  ...productIdentity(),
  totalCheckpoints: rowCount('total_checkpoints'),
  totalStakeholders: rowCount('total_stakeholders'),
  activeStakeholders: rowCount('active_stakeholders'),
  firstCheckpointAt: instant('first_checkpoint_at'),
  lastCheckpointAt: instant('last_checkpoint_at'),
  traceDurationHours: decimal('trace_duration_hours'),
}).as(sql`
  select product.id as product_id, product.chain_id, product.smart_contract_address,
    product.product_id as chain_product_id, product.product_name, product.batch_number, product.manufacturer_id,
    product.is_active,
    coalesce(visited.checkpoints, 0) as total_checkpoints,
    coalesce(involved.stakeholders, 0) as total_stakeholders,
    coalesce(involved.active, 0) as active_stakeholders,
    visited.first_at as first_checkpoint_at, visited.last_at as last_checkpoint_at,
    ledger.hours_between(visited.first_at, visited.last_at) as trace_duration_hours
  from public.products as product
  left join (
    select product_id, count(*) as checkpoints, min("timestamp") as first_at, max("timestamp") as last_at
    from public.checkpoints group by product_id
  ) as visited on visited.product_id = product.id
  left join (
    select product_id, count(*) as stakeholders, count(*) filter (where is_active) as active
    from public.product_stakeholders group by product_id
  ) as involved on involved.product_id = product.id`);

/** One row per user, as of the last refresh. */
export const userActivitySummary = pgMaterializedView('user_activity_summary', {
  userId: uuidRef('user_id'),
  walletAddress: address('wallet_address'),
  userTier: userTier('user_tier'),
  totalProducts: rowCount('total_products'),
  liveProducts: rowCount('live_products'),
  totalCheckpoints: rowCount('total_checkpoints'),
  totalTracePoints: decimal('total_trace_points'),
  claimedTracePoints: decimal('claimed_trace_points'),
  totalTokenTransactions: rowCount('total_token_transactions'),
  totalTraceTokens: decimal('total_trace_tokens'),
  tokenBalance: decimal('token_balance'),
  lastActivityAt: instant('last_activity_at'),
}).as(sql`
  select person.id as user_id, person.wallet_address, person.user_tier,
    coalesce(made.products, 0) as total_products,
    coalesce(made.live, 0) as live_products,
    coalesce(recorded.checkpoints, 0) as total_checkpoints,
    coalesce(earned.points, 0) as total_trace_points,
    coalesce(earned.claimed, 0) as claimed_trace_points,
    coalesce(moved.movements, 0) as total_token_transactions,
    coalesce(moved.amount, 0) as total_trace_tokens,
    coalesce(held.balance, 0) as token_balance,
    greatest(made.last_at, recorded.last_at, earned.last_at, moved.last_at) as last_activity_at
  from public.users as person
  left join (
    select manufacturer_id as user_id, count(*) as products, count(*) filter (where is_active) as live,
      max(created_at) as last_at
    from public.products group by manufacturer_id
  ) as made on made.user_id = person.id
  left join (
    select stakeholder_id as user_id, count(*) as checkpoints, max(created_at) as last_at
    from public.checkpoints group by stakeholder_id
  ) as recorded on recorded.user_id = person.id
  left join (
    select user_id, sum(points) as points, sum(points) filter (where is_claimed) as claimed, max(created_at) as last_at
    from public.trace_points group by user_id
  ) as earned on earned.user_id = person.id
  left join (
    select user_id, count(*) as movements, sum(amount) as amount, max(created_at) as last_at
    from public.trace_token_transactions group by user_id
  ) as moved on moved.user_id = person.id
  left join (
    select address, sum(balance) as balance from public.token_balances group by address
  ) as held on held.address = person.wallet_address`);

/** One row per product, as of the last refresh. */
export const complianceSummary = pgMaterializedView('compliance_summary', {
  ...productIdentity(),
  totalCertifications: rowCount('total_certifications'),
  validCertifications: rowCount('valid_certifications'),
  totalChecks: rowCount('total_checks'),
  passedChecks: rowCount('passed_checks'),
  failedChecks: rowCount('failed_checks'),
  complianceScore: decimal('compliance_score'),
  lastCheckedAt: instant('last_checked_at'),
}).as(sql`
  select product.id as product_id, product.chain_id, product.smart_contract_address,
    product.product_id as chain_product_id, product.product_name, product.batch_number, product.manufacturer_id,
    product.is_active,
    coalesce(certified.certifications, 0) as total_certifications,
    coalesce(certified.valid, 0) as valid_certifications,
    coalesce(checked.checks, 0) as total_checks,
    coalesce(checked.passed, 0) as passed_checks,
    coalesce(checked.checks - checked.passed, 0) as failed_checks,
    ledger.compliance_score(checked.passed, checked.checks) as compliance_score,
    checked.last_at as last_checked_at
  from public.products as product
  left join (
    select product_id, count(*) as certifications, count(*) filter (where ledger.is_in_force(is_valid, expires_at)) as valid
    from public.product_certifications group by product_id
  ) as certified on certified.product_id = product.id
  left join (
    select product_id, count(*) as checks, count(*) filter (where compliance_status = 'passed') as passed,
      max(checked_at) as last_at
    from public.compliance_checkpoints group by product_id
  ) as checked on checked.product_id = product.id`);
