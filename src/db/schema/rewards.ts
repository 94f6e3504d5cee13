import { sql } from 'drizzle-orm';
import { boolean, index, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import {
  derivedId,
  front,
  instant,
  type JsonValue,
  provenance,
  provenanceCheck,
  uuidRef,
  wei,
} from './columns.ts';
import { users } from './users.ts';

/** One row an accrual; a claim closes all that are open. */
export const tracePoints = pgTable(
  'trace_points',
  {
    id: derivedId(),
    userId: uuidRef('user_id').references(() => users.id),
    points: wei('points').notNull(),
    pointsType: text('points_type').notNull(),
    // The application's, and without foreign keys: a rebuild takes products away and brings them back under the same
    // ids, and must leave these as they are.
    sourceProductId: uuidRef('source_product_id'),
    sourceCheckpointId: uuidRef('source_checkpoint_id'),
    description: text('description'),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at'),
    isClaimed: boolean('is_claimed').notNull(),
    claimedAt: instant('claimed_at'),
    metadata: jsonb('metadata').$type<JsonValue>(),
    ...provenance(),
  },
  (table) => [
    provenanceCheck('trace_points'),
    index('trace_points_user_id_index').on(table.userId, table.createdAt.desc().nullsFirst()),
    index('trace_points_points_type_index').on(front(table.pointsType)),
    index('trace_points_created_at_index').on(table.createdAt),
    index('trace_points_unclaimed_index')
      .on(table.smartContractAddress, table.userId)
      .where(sql`not is_claimed`),
  ],
);
