/**
 * Views for applications, always current. Each kind of child rows is aggregated before the join; a join of
 * several kinds would multiply their sums.
 */
import { sql } from 'drizzle-orm';
import { boolean, pgView, text } from 'drizzle-orm/pg-core';
import {
  address,
  blockNumber,
  chainId,
  decimal,
  hash32,
  instant,
  rowCount,
  uint256,
  uuidRef,
} from '../../db/columns.ts';
import { checkpointStatus, productType, userTier } from './enums.ts';

/** A product with its maker, its latest checkpoint and its current figures. */
export const productDetails = pgView('product_details', {
  id: uuidRef('id'),
  chainId: chainId(),
  smartContractAddress: address('smart_contract_address'),
  productId: uint256('product_id'),
  productName: text('product_name'),
  productType: productType('product_type'),
  productTypeText: text('product_type_text'),
  batchNumber: text('batch_number'),
  manufacturerId: uuidRef('manufacturer_id'),
  manufacturerWallet: address('manufacturer_wallet'),
  manufacturerCompany: text('manufacturer_company'),
  manufactureDate: instant('manufacture_date'),
  expiryDate: instant('expiry_date'),
  rawMaterials: text('raw_materials').array(),
  metadataUri: text('metadata_uri'),
  isActive: boolean('is_active'),
  createdAt: instant('created_at'),
  updatedAt: instant('updated_at'),
  blockNumber: blockNumber(),
  transactionHash: hash32('transaction_hash'),
  isFinal: boolean('is_final'),
  latestLocation: text('latest_location'),
  latestStatus: checkpointStatus('latest_status'),
  latestCheckpointAt: instant('latest_checkpoint_at'),
  totalCheckpoints: rowCount('total_checkpoints'),
  totalStakeholders: rowCount('total_stakeholders'),
  traceDurationHours: decimal('trace_duration_hours'),
  totalCertifications: rowCount('total_certifications'),
  validCertifications: rowCount('valid_certifications'),
  complianceScore: decimal('compliance_score'),
}).as(sql`
  select product.id, product.chain_id, product.smart_contract_address, product.product_id, product.product_name,
    product.product_type, product.product_type_text, product.batch_number, product.manufacturer_id,
    maker.wallet_address as manufacturer_wallet, maker.company_name as manufacturer_company,
    product.manufacture_date, product.expiry_date, product.raw_materials, product.metadata_uri, product.is_active,
    product.created_at, product.updated_at, product.block_number, product.transaction_hash,
    public.is_final(product.chain_id, product.block_number) as is_final,
    latest.location as latest_location, latest.status as latest_status, latest."timestamp" as latest_checkpoint_at,
    figures.total_checkpoints, figures.total_stakeholders, figures.trace_duration_hours,
    certified.certifications as total_certifications, certified.valid as valid_certifications,
    ledger.compliance_score(figures.passed_checks, figures.total_checks) as compliance_score
  from public.products as product
  join ledger.product_figures as figures on figures.product_id = product.id
  left join public.users as maker on maker.id = product.manufacturer_id
  left join lateral (
    select location, status, "timestamp" from public.checkpoints as checkpoint
    where checkpoint.product_id = product.id order by checkpoint_index desc limit 1
  ) as latest on true
  cross join lateral (
    select count(*) as certifications, count(*) filter (where ledger.is_in_force(is_valid, expires_at)) as valid
    from public.product_certifications as certification where certification.product_id = product.id
  ) as certified`);

/** A checkpoint with its product, its recorder, and its link of the product's chain. */
export const checkpointDetails = pgView('checkpoint_details', {
  id: uuidRef('id'),
  productId: uuidRef('product_id'),
  chainId: chainId(),
  smartContractAddress: address('smart_contract_address'),
  chainProductId: uint256('chain_product_id'),
  productName: text('product_name'),
  batchNumber: text('batch_number'),
  checkpointIndex: uint256('checkpoint_index'),
  sequenceOrder: uint256('sequence_order'),
  timestamp: instant('timestamp'),
  location: text('location'),
  status: checkpointStatus('status'),
  statusText: text('status_text'),
  temperature: text('temperature'),
  humidity: text('humidity'),
  additionalData: text('additional_data'),
  stakeholderId: uuidRef('stakeholder_id'),
  stakeholderWallet: address('stakeholder_wallet'),
  stakeholderCompany: text('stakeholder_company'),
  fromLocation: text('from_location'),
  fromStakeholderId: uuidRef('from_stakeholder_id'),
  durationHours: decimal('duration_hours'),
  distanceKm: decimal('distance_km'),
  totalChecks: rowCount('total_checks'),
  passedChecks: rowCount('passed_checks'),
  createdAt: instant('created_at'),
  blockNumber: blockNumber(),
  transactionHash: hash32('transaction_hash'),
  isFinal: boolean('is_final'),
}).as(sql`
  select checkpoint.id, checkpoint.product_id, checkpoint.chain_id, checkpoint.smart_contract_address,
    product.product_id as chain_product_id, product.product_name, product.batch_number, checkpoint.checkpoint_index,
    link.sequence_order, checkpoint."timestamp", checkpoint.location, checkpoint.status, checkpoint.status_text,
    checkpoint.temperature, checkpoint.humidity, checkpoint.additional_data, checkpoint.stakeholder_id,
    stakeholder.wallet_address as stakeholder_wallet, stakeholder.company_name as stakeholder_company,
    link.from_location, link.from_stakeholder_id, link.duration_hours, link.distance_km,
    checked.checks as total_checks, checked.passed as passed_checks,
    checkpoint.created_at, checkpoint.block_number, checkpoint.transaction_hash,
    public.is_final(checkpoint.chain_id, checkpoint.block_number) as is_final
  from public.checkpoints as checkpoint
  join public.products as product on product.id = checkpoint.product_id
  left join public.users as stakeholder on stakeholder.id = checkpoint.stakeholder_id
  left join lateral (
    select sequence_order, from_location, from_stakeholder_id, duration_hours, distance_km
    from public.traceability_chain as link
    where link.checkpoint_id = checkpoint.id order by sequence_order limit 1
  ) as link on true
  cross join lateral (
    select count(*) as checks, count(*) filter (where compliance_status = 'passed') as passed
    from public.compliance_checkpoints as checking where checking.checkpoint_id = checkpoint.id
  ) as checked`);

/**
 * A user's current products, holdings and claims. The trust rating is as of the last `update_analytics()`.
 */
export const userPortfolio = pgView('user_portfolio', {
  userId: uuidRef('user_id'),
  walletAddress: address('wallet_address'),
  userTier: userTier('user_tier'),
  totalProducts: rowCount('total_products'),
  liveProducts: rowCount('live_products'),
  tokenBalance: decimal('token_balance'),
  stakedTokens: decimal('staked_tokens'),
  stakingRewardsClaimed: decimal('staking_rewards_claimed'),
  vestingTokens: decimal('vesting_tokens'),
  vestingTokensReleased: decimal('vesting_tokens_released'),
  totalTracePoints: decimal('total_trace_points'),
  unclaimedTracePoints: decimal('unclaimed_trace_points'),
  totalCertificates: rowCount('total_certificates'),
  validCertificates: rowCount('valid_certificates'),
  trustRating: decimal('trust_rating'),
}).as(sql`
  select person.id as user_id, person.wallet_address, person.user_tier,
    made.products as total_products, made.live as live_products,
    held.balance as token_balance,
    staked.amount as staked_tokens, staked.rewards as staking_rewards_claimed,
    vesting.amount as vesting_tokens, vesting.released as vesting_tokens_released,
    earned.points as total_trace_points, earned.unclaimed as unclaimed_trace_points,
    owned.certificates as total_certificates, owned.valid as valid_certificates,
    analytics.trust_rating
  from public.users as person
  cross join lateral (
    select count(*) as products, count(*) filter (where is_active) as live
    from public.products where manufacturer_id = person.id
  ) as made
  cross join lateral (
    select coalesce(sum(balance), 0) as balance
    from public.token_balances where address = person.wallet_address
  ) as held
  cross join lateral (
    select coalesce(sum(amount) filter (where is_active), 0) as amount, coalesce(sum(rewards_claimed), 0) as rewards
    from public.user_stakes where user_id = person.id
  ) as staked
  cross join lateral (
    select coalesce(sum(total_amount), 0) as amount, coalesce(sum(released_amount), 0) as released
    from public.vesting_schedules where beneficiary_id = person.id
  ) as vesting
  cross join lateral (
    select coalesce(sum(points), 0) as points, coalesce(sum(points) filter (where not is_claimed), 0) as unclaimed
    from public.trace_points where user_id = person.id
  ) as earned
  cross join lateral (
    select count(*) as certificates, count(*) filter (where ledger.is_in_force(is_valid, expires_at)) as valid
    from public.nft_certificates where owner_id = person.id
  ) as owned
  left join public.user_analytics as analytics on analytics.user_id = person.id`);
