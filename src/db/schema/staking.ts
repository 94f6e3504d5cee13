import { sql } from 'drizzle-orm';
import { boolean, check, index, pgTable, text, unique } from 'drizzle-orm/pg-core';
import {
  decimal,
  derivedId,
  instant,
  optionalProvenance,
  optionalProvenanceCheck,
  provenance,
  provenanceCheck,
  uuidRef,
  wei,
} from './columns.ts';
import { users } from './users.ts';

/** One pool a token contract, which mirrors its constants; the application may have pools of its own beside them. */
export const stakingPools = pgTable(
  'staking_pools',
  {
    id: derivedId().default(sql`gen_random_uuid()`),
    poolName: text('pool_name').notNull(),
    poolType: text('pool_type').notNull(),
    apyPercentage: decimal('apy_percentage'),
    minStakeAmount: wei('min_stake_amount'),
    maxStakeAmount: wei('max_stake_amount'),
    lockPeriodDays: decimal('lock_period_days'),
    isActive: boolean('is_active').notNull().default(true),
    createdAt: instant('created_at')
      .notNull()
      .default(sql`now()`),
    updatedAt: instant('updated_at')
      .notNull()
      .default(sql`now()`),
    ...optionalProvenance(),
  },
  (table) => [
    optionalProvenanceCheck('staking_pools'),
    check('staking_pools_pool_type_check', sql`char_length(pool_type) <= 200`),
    unique('staking_pools_contract_key').on(table.chainId, table.smartContractAddress),
    index('staking_pools_pool_type_index').on(table.poolType),
    index('staking_pools_active_index')
      .on(table.createdAt)
      .where(sql`is_active`),
  ],
);

export const userStakes = pgTable(
  'user_stakes',
  {
    id: derivedId(),
    userId: uuidRef('user_id')
      .notNull()
      .references(() => users.id),
    poolId: uuidRef('pool_id')
      .notNull()
      .references(() => stakingPools.id),
    amount: wei('amount').notNull(),
    stakedAt: instant('staked_at'),
    unlockAt: instant('unlock_at'),
    isActive: boolean('is_active').notNull(),
    rewardsClaimed: wei('rewards_claimed').notNull(),
    lastClaimAt: instant('last_claim_at'),
    ...provenance(),
  },
  (table) => [
    provenanceCheck('user_stakes'),
    unique('user_stakes_user_pool_key').on(table.userId, table.poolId),
    index('user_stakes_pool_id_index').on(table.poolId),
    index('user_stakes_active_index')
      .on(table.unlockAt)
      .where(sql`is_active`),
  ],
);
