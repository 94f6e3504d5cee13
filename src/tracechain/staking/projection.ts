/** Staking at the token contract: one pool per token contract, with its constants, and one row per staker. */
import type { StakeState, StakingAnswer } from '../token/contract.ts';
import type { ChainEvent, TypedEvent } from '../../engine/contract/events.ts';
import type { ChainRow } from '../../engine/tables.ts';
import type { Address } from '../../primitives/hex.ts';
import { entityId, type Uuid } from '../../primitives/ids.ts';
import { decimalQuotient, differs, dateOf } from '../shared/values.ts';
import { EffectError } from '../../engine/projection/shape.ts';
import { on, type Projection } from '../../engine/projection/projection.ts';
import type { Entity, RowPatch, Write } from '../../engine/projection/entity.ts';

const stakingEvents = ['TokensStaked', 'TokensUnstaked', 'StakingRewardsClaimed'] as const;

type StakingEvent = TypedEvent<'TraceToken', (typeof stakingEvents)[number]>;
type Event = Pick<ChainEvent, 'block' | 'log'>;

export const staking: Projection = {
  area: 'staking',
  version: 1,
  tables: ['stakingPools', 'userStakes'],
  lookups: [],
  handlers: stakingEvents.map((name) =>
    on('TraceToken', name, {
      entities: (event, load) => ({
        pool: load.one('stakingPools', poolId(event)),
        stake: load.one('userStakes', stakeId(event, event.args.staker)),
      }),
      apply(event, { pool, stake }, write) {
        mirrorPool(event, pool);
        setStake(event, stake, pool, write);
      },
    }),
  ),
};

/** Writes the contract's pool from the results of its getters; null without a result. */
function mirrorPool(event: StakingEvent, pool: Entity<'stakingPools'>): void {
  const constants = constantsOf(event.answer);
  if (pool.row === undefined) {
    pool.insert({
      poolName: 'TRACE staking',
      poolType: 'governance',
      apyPercentage: null,
      minStakeAmount: null,
      lockPeriodDays: null,
      isActive: true,
      ...constants,
    });
  } else if (differs(pool.row, constants)) {
    pool.update(constants);
  }
}

const secondsADay = 86_400n;
/** A millionth of a day is less than a second. */
const dayDecimals = 6;

function constantsOf(answer: StakingAnswer): RowPatch<'stakingPools'> {
  const { rewardRatePercent, minimumStakeWei, lockPeriodSeconds } = answer;
  return {
    ...(rewardRatePercent === null ? {} : { apyPercentage: rewardRatePercent.toString() }),
    ...(minimumStakeWei === null ? {} : { minStakeAmount: minimumStakeWei }),
    ...(lockPeriodSeconds === null
      ? {}
      : { lockPeriodDays: decimalQuotient(lockPeriodSeconds, secondsADay, dayDecimals) }),
  };
}

function setStake(
  event: StakingEvent,
  stake: Entity<'userStakes'>,
  pool: Entity<'stakingPools'>,
  write: Write,
): void {
  const userId = write.user(event.args.staker);
  if (userId === null) throw new EffectError('the zero address has no stake');
  const { stake: state, lockPeriodSeconds } = event.answer;
  const known = stake.row;
  const changes = state === null ? changesBy(event, known) : stakeFromState(state, lockPeriodSeconds);
  const isActive = (changes.amount ?? known?.amount ?? 0n) > 0n;
  if (known !== undefined) stake.update({ ...changes, isActive });
  else stake.insert({ userId, poolId: pool.id, ...nothing, ...changes, isActive });
}

type Stake = Pick<
  ChainRow<'userStakes'>,
  'amount' | 'stakedAt' | 'unlockAt' | 'rewardsClaimed' | 'lastClaimAt'
>;

function stakeFromState(stake: StakeState, lockPeriodSeconds: bigint | null): Stake {
  return {
    amount: stake.stakedAmount,
    stakedAt: dateOf(stake.stakingTimestamp),
    unlockAt: unlockOf(dateOf(stake.stakingTimestamp), lockPeriodSeconds),
    rewardsClaimed: stake.totalRewardsEarned,
    lastClaimAt: dateOf(stake.lastRewardClaim),
  };
}

/** The event's own change of a stake, if the contract's state cannot be read. */
function changesBy(event: StakingEvent, known: Stake = nothing): Partial<Stake> {
  const { amount } = event.args;
  const { timestamp } = event.block;
  if (event.name === 'TokensStaked') {
    const unlockAt = unlockOf(timestamp, event.answer.lockPeriodSeconds);
    return { amount: known.amount + amount, stakedAt: timestamp, unlockAt };
  }
  if (event.name === 'TokensUnstaked') {
    // An amount larger than the known stake includes stake from before the indexed blocks.
    return { amount: known.amount > amount ? known.amount - amount : 0n };
  }
  return { rewardsClaimed: known.rewardsClaimed + amount, lastClaimAt: timestamp };
}

const nothing: Stake = { amount: 0n, stakedAt: null, unlockAt: null, rewardsClaimed: 0n, lastClaimAt: null };

function unlockOf(stakedAt: bigint | null, lockPeriodSeconds: bigint | null): bigint | null {
  return stakedAt === null || lockPeriodSeconds === null ? null : stakedAt + lockPeriodSeconds;
}

function poolId(event: Event): Uuid {
  const { chainId } = event.block;
  return entityId({ chainId, contract: event.log.address, table: 'staking_pools', number: 0n });
}

function stakeId(event: Event, staker: Address): Uuid {
  const { chainId } = event.block;
  return entityId({
    chainId,
    contract: event.log.address,
    table: 'user_stakes',
    number: 0n,
    parts: [staker],
  });
}
