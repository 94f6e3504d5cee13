/**
 * Recomputes the figures that `update_analytics()` maintains from the rows: by index, for one row or for all.
 */
import { sql } from 'drizzle-orm';
import { boolean } from 'drizzle-orm/pg-core';
import { decimal, instant, rowCount, uuidRef } from '../../db/columns.ts';
import { ledger } from '../../engine/ledger/tables/schema.ts';

/** The recomputed `product_analytics`: by index for one product or for many. */
export const ledgerProductFigures = ledger.view('product_figures', {
  productId: uuidRef('product_id'),
  manufacturerId: uuidRef('manufacturer_id'),
  isActive: boolean('is_active'),
  totalCheckpoints: rowCount('total_checkpoints'),
  totalStakeholders: rowCount('total_stakeholders'),
  firstCheckpointAt: instant('first_checkpoint_at'),
  lastCheckpointAt: instant('last_checkpoint_at'),
  traceDurationHours: decimal('trace_duration_hours'),
  totalChecks: rowCount('total_checks'),
  passedChecks: rowCount('passed_checks'),
}).as(sql`
  select product.id as product_id, product.manufacturer_id, product.is_active,
    visited.checkpoints as total_checkpoints,
    (select count(*) from public.product_stakeholders as stakeholder where stakeholder.product_id = product.id)
      as total_stakeholders,
    visited.first_at as first_checkpoint_at, visited.last_at as last_checkpoint_at,
    ledger.hours_between(visited.first_at, visited.last_at) as trace_duration_hours,
    checked.checks as total_checks, checked.passed as passed_checks
  from public.products as product
  cross join lateral (
    select count(*) as checkpoints, min("timestamp") as first_at, max("timestamp") as last_at
    from public.checkpoints as checkpoint where checkpoint.product_id = product.id
  ) as visited
  cross join lateral (
    select count(*) as checks, count(*) filter (where compliance_status = 'passed') as passed
    from public.compliance_checkpoints as checking where checking.product_id = product.id
  ) as checked`);

/** The recomputed `user_analytics`, without the sums over the user's products. */
export const ledgerUserFigures = ledger.view('user_figures', {
  userId: uuidRef('user_id'),
  checkpoints: rowCount('checkpoints'),
  points: decimal('points'),
  tokens: decimal('tokens'),
  lastActivityAt: instant('last_activity_at'),
}).as(sql`
  select person.id as user_id,
    (select count(*) from public.checkpoints where stakeholder_id = person.id) as checkpoints,
    coalesce((select sum(points) from public.trace_points where user_id = person.id), 0) as points,
    coalesce((select sum(balance) from public.token_balances where address = person.wallet_address), 0) as tokens,
    greatest(
      (select max(created_at) from public.products where manufacturer_id = person.id),
      (select max(created_at) from public.checkpoints where stakeholder_id = person.id),
      (select max(created_at) from public.trace_points where user_id = person.id),
      (select max(created_at) from public.trace_token_transactions where user_id = person.id)
    ) as last_activity_at
  from public.users as person`);
