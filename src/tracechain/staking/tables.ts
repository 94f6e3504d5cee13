import { sql } from 'drizzle-orm';
import { boolean, check, index, text, unique } from 'drizzle-orm/pg-core';
import { application, column, table } from '../../db/table.ts';
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
} from '../../db/columns.ts';
import { users } from '../shared/users.ts';
import { ofUser, walletName } from '../../db/schema/lookups.ts';

export const stakingPools = table(
  'staking_pools',
  'One pool a token contract, which mirrors its constants; the application may have pools of its own beside them.',
  {
    columns: {
      id: column(
        uuidRef('id')
          .primaryKey()
          .default(sql`gen_random_uuid()`),
        'The row’s id, derived from the chain: a rebuild gives the same.',
      ),
      poolName: column(text('pool_name').notNull(), 'The pool’s name.'),
      poolType: column(
        text('pool_type').notNull(),
        'governance for a contract’s own pool; the application’s word for its own.',
      ),
      apyPercentage: column(decimal('apy_percentage'), 'Percent a year.'),
      minStakeAmount: column(wei('min_stake_amount'), 'In tokens.'),
      maxStakeAmount: application(wei('max_stake_amount'), 'The application’s limit, in tokens.'),
      lockPeriodDays: column(decimal('lock_period_days'), 'Days that a stake is locked for.'),
      isActive: column(boolean('is_active').notNull().default(true), 'Whether it is in effect now.'),
      createdAt: column(
        instant('created_at')
          .notNull()
          .default(sql`now()`),
        'When it came about: the block’s time for a row of the chain.',
      ),
      updatedAt: column(
        instant('updated_at')
          .notNull()
          .default(sql`now()`),
        'When it last changed: the block’s time for a row of the chain.',
      ),
      ...optionalProvenance(),
    },
    label: 'pool_name',
    find: { wallet: 'smart_contract_address = lower($1::text)' },
  },
  (columns) => [
    optionalProvenanceCheck('staking_pools'),
    check('staking_pools_pool_type_check', sql`char_length(pool_type) <= 200`),
    unique('staking_pools_contract_key').on(columns.chainId, columns.smartContractAddress),
    index('staking_pools_pool_type_index').on(columns.poolType),
    index('staking_pools_active_index')
      .on(columns.createdAt)
      .where(sql`is_active`),
  ],
);

export const userStakes = table(
  'user_stakes',
  'What a staker has in a pool, one row each.',
  {
    columns: {
      id: derivedId(),
      userId: column(
        uuidRef('user_id')
          .notNull()
          .references(() => users.id),
        'The user.',
      ),
      poolId: column(
        uuidRef('pool_id')
          .notNull()
          .references(() => stakingPools.id),
        'The pool.',
      ),
      amount: column(wei('amount').notNull(), 'In whole tokens, exact to the wei.'),
      stakedAt: column(instant('staked_at'), 'The block’s time of the latest stake.'),
      unlockAt: column(instant('unlock_at'), 'From when on it may be taken out.'),
      isActive: column(boolean('is_active').notNull(), 'Whether it is in effect now.'),
      rewardsClaimed: column(wei('rewards_claimed').notNull(), 'In tokens.'),
      lastClaimAt: column(instant('last_claim_at'), 'The block’s time of the latest claim.'),
      ...provenance(),
    },
    label: `'stake of ' || ${walletName('user_id')}`,
    find: { wallet: ofUser('user_id') },
  },
  (columns) => [
    provenanceCheck('user_stakes'),
    unique('user_stakes_user_pool_key').on(columns.userId, columns.poolId),
    index('user_stakes_pool_id_index').on(columns.poolId),
    index('user_stakes_active_index')
      .on(columns.unlockAt)
      .where(sql`is_active`),
  ],
);
