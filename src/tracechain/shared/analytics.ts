/**
 * Figures that are computed from the other tables and can be recomputed. `update_analytics()` maintains them.
 * Sums have no upper bound, because a contract may state any number of amounts of 2^256 - 1.
 */
import { sql } from 'drizzle-orm';
import { boolean, index, uuid } from 'drizzle-orm/pg-core';
import { column, table, tableIn } from '../../db/table.ts';
import { decimal, instant, uint256, uuidRef } from '../../db/columns.ts';
import { ledger } from '../../engine/ledger/tables/schema.ts';
import { products } from '../products/tables.ts';
import { users } from './users.ts';

const zero = sql`0`;
const now = sql`now()`;

export const productAnalytics = table(
  'product_analytics',
  'Figures of each product, which update_analytics() keeps.',
  {
    columns: {
      id: column(uuid('id').primaryKey().defaultRandom(), 'The row’s id.'),
      productId: column(
        uuidRef('product_id')
          .notNull()
          .unique()
          .references(() => products.id, { onDelete: 'cascade' }),
        'The product’s row.',
      ),
      /** The maker of the product, in whose figures it counts. */
      manufacturerId: column(uuidRef('manufacturer_id'), 'Who made the product.'),
      isActive: column(boolean('is_active').notNull().default(true), 'Whether it is in effect now.'),
      totalCheckpoints: column(uint256('total_checkpoints').notNull().default(zero), 'Checkpoints.'),
      totalStakeholders: column(
        uint256('total_stakeholders').notNull().default(zero),
        'Stakeholders, those included that are no longer active.',
      ),
      traceDurationHours: column(
        decimal('trace_duration_hours'),
        'From the earliest checkpoint to the latest; null before the first.',
      ),
      totalChecks: column(uint256('total_checks').notNull().default(zero), 'Checks of the product.'),
      passedChecks: column(uint256('passed_checks').notNull().default(zero), 'Checks that passed.'),
      complianceScore: column(
        decimal('compliance_score').generatedAlwaysAs(
          sql`ledger.compliance_score(passed_checks, total_checks)`,
        ),
        'The share of the checks that passed, in percent; null without a check.',
      ),
      trustScore: column(decimal('trust_score'), 'The trust score of the product’s maker, 0 to 100.'),
      lastCheckpointAt: column(instant('last_checkpoint_at'), 'The latest checkpoint’s time.'),
      createdAt: column(
        instant('created_at').notNull().default(now),
        'When it came about: the block’s time for a row of the chain.',
      ),
      updatedAt: column(
        instant('updated_at').notNull().default(now),
        'When it last changed: the block’s time for a row of the chain.',
      ),
    },
  },
  (columns) => [index('product_analytics_manufacturer_id_index').on(columns.manufacturerId)],
);

export const userAnalytics = table(
  'user_analytics',
  'Figures of each user, which update_analytics() keeps.',
  {
    columns: {
      id: column(uuid('id').primaryKey().defaultRandom(), 'The row’s id.'),
      userId: column(
        uuidRef('user_id')
          .notNull()
          .unique()
          .references(() => users.id, { onDelete: 'cascade' }),
        'The user.',
      ),
      totalProducts: column(
        uint256('total_products').notNull().default(zero),
        'Products that the user made.',
      ),
      liveProducts: column(
        uint256('live_products').notNull().default(zero),
        'Of them, those that are active.',
      ),
      totalCheckpoints: column(
        uint256('total_checkpoints').notNull().default(zero),
        'Checkpoints that the user recorded.',
      ),
      productCheckpoints: column(
        uint256('product_checkpoints').notNull().default(zero),
        'Checkpoints of the user’s products, recorded by any wallet.',
      ),
      /**
       * The number of the user's products that were checked, and the sum of their compliance scores; the mean
       * is the quotient.
       */
      checkedProducts: column(
        uint256('checked_products').notNull().default(zero),
        'Products of the user’s that were checked.',
      ),
      complianceScores: column(
        decimal('compliance_scores').notNull().default('0'),
        'The sum of their compliance scores: the mean is the quotient.',
      ),
      totalTracePoints: column(
        decimal('total_trace_points').notNull().default('0'),
        'All points that the user earned.',
      ),
      totalTraceTokens: column(
        decimal('total_trace_tokens').notNull().default('0'),
        'The balance, in tokens.',
      ),
      trustRating: column(
        decimal('trust_rating').generatedAlwaysAs(
          sql`ledger.trust_score(live_products, product_checkpoints, compliance_scores, checked_products)`,
        ),
        'The user’s trust score, 0 to 100.',
      ),
      lastActivityAt: column(instant('last_activity_at'), 'The latest of what the figures count.'),
      createdAt: column(
        instant('created_at').notNull().default(now),
        'When it came about: the block’s time for a row of the chain.',
      ),
      updatedAt: column(
        instant('updated_at').notNull().default(now),
        'When it last changed: the block’s time for a row of the chain.',
      ),
    },
  },
);

/**
 * Products whose figures must be recomputed. Triggers append to it in the transaction that changes a
 * product's rows, so that a change and its entry become visible together in any commit order. It has no key,
 * because an existing entry may be in processing already.
 */
export const ledgerAnalyticsProductChanges = tableIn(
  ledger,
  'analytics_product_changes',
  'Products whose figures are to be computed again; triggers append, update_analytics() takes away.',
  { columns: { productId: column(uuidRef('product_id').notNull(), 'The product’s row.') } },
);

/** The same for users, with the amounts to add to their sums; null for none. */
export const ledgerAnalyticsUserChanges = tableIn(
  ledger,
  'analytics_user_changes',
  'Users whose figures are to be computed again, with what is to be added to their sums.',
  {
    columns: {
      userId: column(uuidRef('user_id').notNull(), 'The user.'),
      products: column(decimal('products'), 'Products to be added to the user’s.'),
      liveProducts: column(decimal('live_products'), 'Of them, those that are active.'),
      productCheckpoints: column(
        decimal('product_checkpoints'),
        'Checkpoints of the user’s products, recorded by any wallet.',
      ),
      checkedProducts: column(decimal('checked_products'), 'Products of the user’s that were checked.'),
      complianceScores: column(
        decimal('compliance_scores'),
        'The sum of their compliance scores: the mean is the quotient.',
      ),
      checkpoints: column(decimal('checkpoints'), 'Checkpoints to be added to the user’s.'),
      points: column(decimal('points'), 'Points to be added to the user’s.'),
    },
  },
);

export const ledgerAnalyticsRebuilds = tableIn(
  ledger,
  'analytics_rebuilds',
  'A row requests a rebuild of all figures. While there is one, changes need not be recorded.',
  {
    columns: {
      requestedAt: column(instant('requested_at').notNull().default(now), 'When it was asked for.'),
    },
  },
);
