/**
 * Figures that are computed from the other tables, and can be computed again. Sums are unbounded: nothing limits how many
 * amounts of 2^256 - 1 a contract may claim.
 */
import { sql } from 'drizzle-orm';
import { pgTable, uuid } from 'drizzle-orm/pg-core';
import { decimal, instant, uint256, uuidRef } from './columns.ts';
import { products } from './products.ts';
import { users } from './users.ts';

export const productAnalytics = pgTable('product_analytics', {
  id: uuid('id').primaryKey().defaultRandom(),
  productId: uuidRef('product_id')
    .notNull()
    .unique()
    .references(() => products.id, { onDelete: 'cascade' }),
  totalCheckpoints: uint256('total_checkpoints')
    .notNull()
    .default(sql`0`),
  totalStakeholders: uint256('total_stakeholders')
    .notNull()
    .default(sql`0`),
  traceDurationHours: decimal('trace_duration_hours'),
  complianceScore: decimal('compliance_score'),
  /** That of the product's maker. */
  trustScore: decimal('trust_score'),
  lastCheckpointAt: instant('last_checkpoint_at'),
  createdAt: instant('created_at')
    .notNull()
    .default(sql`now()`),
  updatedAt: instant('updated_at')
    .notNull()
    .default(sql`now()`),
});

export const userAnalytics = pgTable('user_analytics', {
  id: uuid('id').primaryKey().defaultRandom(),
  userId: uuidRef('user_id')
    .notNull()
    .unique()
    .references(() => users.id, { onDelete: 'cascade' }),
  totalProducts: uint256('total_products')
    .notNull()
    .default(sql`0`),
  totalCheckpoints: uint256('total_checkpoints')
    .notNull()
    .default(sql`0`),
  totalTracePoints: decimal('total_trace_points').notNull().default('0'),
  /** The balance, in tokens. */
  totalTraceTokens: decimal('total_trace_tokens').notNull().default('0'),
  trustRating: decimal('trust_rating'),
  lastActivityAt: instant('last_activity_at'),
  createdAt: instant('created_at')
    .notNull()
    .default(sql`now()`),
  updatedAt: instant('updated_at')
    .notNull()
    .default(sql`now()`),
});
