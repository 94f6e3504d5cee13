/**
 * Figures that are computed from the other tables, and can be computed again: `update_analytics()` keeps them. Sums are
 * unbounded: nothing limits how many amounts of 2^256 - 1 a contract may claim.
 */
import { sql } from 'drizzle-orm';
import { boolean, index, pgTable, uuid } from 'drizzle-orm/pg-core';
import { decimal, instant, uint256, uuidRef } from './columns.ts';
import { ledger } from './ledger/schema.ts';
import { products } from './products.ts';
import { users } from './users.ts';

const zero = sql`0`;
const now = sql`now()`;

export const productAnalytics = pgTable(
  'product_analytics',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    productId: uuidRef('product_id')
      .notNull()
      .unique()
      .references(() => products.id, { onDelete: 'cascade' }),
    /** Who made the product: whose figures these are counted in. */
    manufacturerId: uuidRef('manufacturer_id'),
    isActive: boolean('is_active').notNull().default(true),
    totalCheckpoints: uint256('total_checkpoints').notNull().default(zero),
    /** All that the product ever had. */
    totalStakeholders: uint256('total_stakeholders').notNull().default(zero),
    /** From the earliest checkpoint to the latest; null before the first. */
    traceDurationHours: decimal('trace_duration_hours'),
    totalChecks: uint256('total_checks').notNull().default(zero),
    passedChecks: uint256('passed_checks').notNull().default(zero),
    complianceScore: decimal('compliance_score').generatedAlwaysAs(
      sql`ledger.compliance_score(passed_checks, total_checks)`,
    ),
    /** That of the product's maker. */
    trustScore: decimal('trust_score'),
    lastCheckpointAt: instant('last_checkpoint_at'),
    createdAt: instant('created_at').notNull().default(now),
    updatedAt: instant('updated_at').notNull().default(now),
  },
  (table) => [index('product_analytics_manufacturer_id_index').on(table.manufacturerId)],
);

export const userAnalytics = pgTable('user_analytics', {
  id: uuid('id').primaryKey().defaultRandom(),
  userId: uuidRef('user_id')
    .notNull()
    .unique()
    .references(() => users.id, { onDelete: 'cascade' }),
  totalProducts: uint256('total_products').notNull().default(zero),
  liveProducts: uint256('live_products').notNull().default(zero),
  /** The checkpoints that the user recorded. */
  totalCheckpoints: uint256('total_checkpoints').notNull().default(zero),
  /** The checkpoints of the user's products, whoever recorded them. */
  productCheckpoints: uint256('product_checkpoints').notNull().default(zero),
  /** The user's products that were checked, and the sum of their compliance scores: the mean is the quotient. */
  checkedProducts: uint256('checked_products').notNull().default(zero),
  complianceScores: decimal('compliance_scores').notNull().default('0'),
  totalTracePoints: decimal('total_trace_points').notNull().default('0'),
  /** The balance, in tokens. */
  totalTraceTokens: decimal('total_trace_tokens').notNull().default('0'),
  trustRating: decimal('trust_rating').generatedAlwaysAs(
    sql`ledger.trust_score(live_products, product_checkpoints, compliance_scores, checked_products)`,
  ),
  lastActivityAt: instant('last_activity_at'),
  createdAt: instant('created_at').notNull().default(now),
  updatedAt: instant('updated_at').notNull().default(now),
});

/**
 * Products whose figures are to be computed again. Triggers append to it in the transaction that changes a product's rows, so
 * that whatever order transactions commit in, a change and its note appear together. It has no key: a note that is there
 * already may be one that is being worked off.
 */
export const ledgerAnalyticsProductChanges = ledger.table('analytics_product_changes', {
  productId: uuidRef('product_id').notNull(),
});

/** Likewise for users, with what is to be added to their sums: null for nothing. */
export const ledgerAnalyticsUserChanges = ledger.table('analytics_user_changes', {
  userId: uuidRef('user_id').notNull(),
  products: decimal('products'),
  liveProducts: decimal('live_products'),
  productCheckpoints: decimal('product_checkpoints'),
  checkedProducts: decimal('checked_products'),
  complianceScores: decimal('compliance_scores'),
  checkpoints: decimal('checkpoints'),
  points: decimal('points'),
});

/** A row asks for all figures to be computed anew; while there is one, changes needn't be noted. */
export const ledgerAnalyticsRebuilds = ledger.table('analytics_rebuilds', {
  requestedAt: instant('requested_at').notNull().default(now),
});
