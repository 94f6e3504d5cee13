import { sql } from 'drizzle-orm';
import { boolean, index, jsonb, text } from 'drizzle-orm/pg-core';
import { application, column, table } from '../../db/table.ts';
import {
  derivedId,
  front,
  instant,
  type JsonValue,
  provenance,
  provenanceCheck,
  uuidRef,
  wei,
} from '../../db/columns.ts';
import { users } from '../shared/users.ts';
import { ofUser, walletName } from '../../db/schema/lookups.ts';

export const tracePoints = table(
  'trace_points',
  'One row an accrual of reward points; a claim closes all that are open.',
  {
    columns: {
      id: derivedId(),
      userId: column(
        uuidRef('user_id').references(() => users.id),
        'The user.',
      ),
      points: column(wei('points').notNull(), 'Exact, in whole tokens.'),
      pointsType: column(text('points_type').notNull(), 'The category, as the contract spells it.'),
      // Owned by the application. They have no foreign keys, because a rebuild deletes products and restores
      // them under the same ids, and must not change these columns.
      sourceProductId: application(
        uuidRef('source_product_id'),
        'The application’s: the product that the points are for.',
      ),
      sourceCheckpointId: application(
        uuidRef('source_checkpoint_id'),
        'The application’s: the checkpoint that the points are for.',
      ),
      description: application(text('description'), 'In words.'),
      createdAt: column(
        instant('created_at').notNull(),
        'When it came about: the block’s time for a row of the chain.',
      ),
      expiresAt: application(instant('expires_at'), 'When it expires; null for never.'),
      isClaimed: column(boolean('is_claimed').notNull(), 'Whether it was claimed.'),
      claimedAt: column(instant('claimed_at'), 'The block’s time of the claim.'),
      metadata: column(jsonb('metadata').$type<JsonValue>(), 'Whatever else belongs to the row.'),
      ...provenance(),
    },
    label: `points || ' points of ' || ${walletName('user_id')} || ' in block ' || block_number`,
    find: { wallet: ofUser('user_id') },
  },
  (columns) => [
    provenanceCheck('trace_points'),
    index('trace_points_user_id_index').on(columns.userId, columns.createdAt.desc().nullsFirst()),
    index('trace_points_points_type_index').on(front(columns.pointsType)),
    index('trace_points_created_at_index').on(columns.createdAt),
    index('trace_points_unclaimed_index')
      .on(columns.smartContractAddress, columns.userId)
      .where(sql`not is_claimed`),
  ],
);
