import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StakeState, StakingAnswer } from '../../src/tracechain/token/contract.ts';
import { type Address, zeroAddress } from '../../src/primitives/hex.ts';
import { userId } from '../../src/primitives/ids.ts';
import { staking } from '../../src/tracechain/staking/projection.ts';
import {
  addressOf,
  block,
  blocksOf,
  chainOf,
  event,
  type EventDescription,
  expectSameInAnyBatches,
  firstBlockTime,
  foldBlocks,
} from './support/chain.ts';

const staker = addressOf('staker');
const tokens = 10n ** 18n;
const week = 604_800n;

const constants = { minimumStakeWei: 1000n * tokens, lockPeriodSeconds: week, rewardRatePercent: 5n };
const noState: StakingAnswer = { source: 'none', stake: null, ...constants };
const nothingRead: StakingAnswer = {
  source: 'none',
  stake: null,
  minimumStakeWei: null,
  lockPeriodSeconds: null,
  rewardRatePercent: null,
};

function stated(stake: Partial<StakeState>): StakingAnswer {
  return {
    source: 'state',
    stake: {
      stakedAmount: 2000n * tokens,
      stakingTimestamp: firstBlockTime,
      lastRewardClaim: firstBlockTime,
      totalRewardsEarned: 0n,
      ...stake,
    },
    ...constants,
  };
}

type Name = 'TokensStaked' | 'TokensUnstaked' | 'StakingRewardsClaimed';

function stakingEvent(name: Name, amount: bigint, answer: StakingAnswer, by: Address = staker) {
  return event('TraceToken', name, { staker: by, amount }, { answer });
}

function fold(...events: readonly EventDescription[]) {
  return foldBlocks([staking], chainOf(...events.map((one) => block(one))));
}

describe('the pool', () => {
  test("mirrors the token's constants, from the first staking event on", () => {
    const pool = fold(stakingEvent('TokensStaked', 2000n * tokens, stated({}))).only('stakingPools');
    expect(pool).toMatchObject({
      poolName: 'TRACE staking',
      poolType: 'governance',
      apyPercentage: '5',
      minStakeAmount: 1000n * tokens,
      lockPeriodDays: '7',
      isActive: true,
      smartContractAddress: addressOf('TraceToken'),
      createdAt: firstBlockTime,
    });
  });

  test('is one for each token contract, and only a changed constant changes it', () => {
    const one = stakingEvent('TokensStaked', 1n, noState);
    const folded = fold(one, one, { ...one, address: addressOf('other token') });
    expect(folded.rows('stakingPools').map(({ changedBlockNumber }) => changedBlockNumber)).toEqual([
      null,
      null,
    ]);
  });

  test('takes constants when they can be read, and keeps them when they no longer can', () => {
    const folded = fold(
      stakingEvent('TokensStaked', 1n, nothingRead),
      stakingEvent('TokensStaked', 1n, { ...noState, lockPeriodSeconds: 129_600n }),
      stakingEvent('TokensStaked', 1n, nothingRead),
    );
    expect(folded.only('stakingPools')).toMatchObject({ apyPercentage: '5', lockPeriodDays: '1.5' });
  });
});

describe('a stake', () => {
  test('is what the contract answers', () => {
    const claimed = firstBlockTime + 5n;
    const folded = fold(
      stakingEvent('TokensStaked', 1n, stated({ lastRewardClaim: claimed, totalRewardsEarned: 3n * tokens })),
    );
    expect(folded.only('userStakes')).toMatchObject({
      userId: userId(staker),
      poolId: folded.only('stakingPools').id,
      amount: 2000n * tokens,
      stakedAt: firstBlockTime,
      unlockAt: firstBlockTime + week,
      isActive: true,
      rewardsClaimed: 3n * tokens,
      lastClaimAt: claimed,
    });
  });

  test('is one row a staker, inactive once all is gone', () => {
    const folded = fold(
      stakingEvent('TokensStaked', 2000n * tokens, stated({})),
      stakingEvent('TokensUnstaked', 2000n * tokens, stated({ stakedAmount: 0n })),
    );
    expect(folded.only('userStakes')).toMatchObject({ amount: 0n, isActive: false });
  });

  test('is computed from the events where the state cannot be read', () => {
    const later = firstBlockTime + 24n;
    const folded = fold(
      stakingEvent('TokensStaked', 5n, noState),
      stakingEvent('StakingRewardsClaimed', 2n, noState),
      stakingEvent('TokensStaked', 7n, noState),
      stakingEvent('TokensUnstaked', 4n, noState),
    );
    expect(folded.only('userStakes')).toMatchObject({
      amount: 8n,
      stakedAt: later,
      unlockAt: later + week,
      rewardsClaimed: 2n,
      lastClaimAt: firstBlockTime + 12n,
      isActive: true,
    });
  });

  test('never falls below nothing, and a time of 0 is none', () => {
    const folded = fold(stakingEvent('TokensUnstaked', 4n, noState));
    expect(folded.only('userStakes')).toMatchObject({ amount: 0n, isActive: false, stakedAt: null });
    const untimed = fold(
      stakingEvent('TokensStaked', 4n, stated({ stakingTimestamp: 0n, lastRewardClaim: 0n })),
    );
    expect(untimed.only('userStakes')).toMatchObject({ stakedAt: null, unlockAt: null, lastClaimAt: null });
  });

  test('with a time past the calendar is marked', () => {
    const folded = fold(stakingEvent('TokensStaked', 4n, stated({ stakingTimestamp: 2n ** 256n - 1n })));
    expect(folded.only('userStakes').inexactColumns).toEqual(['staked_at', 'unlock_at']);
  });

  test('of the zero address is nobody’s', () => {
    const folded = fold(stakingEvent('TokensStaked', 4n, noState, zeroAddress));
    expect(folded.rows('userStakes')).toEqual([]);
    expect(folded.rows('stakingPools')).toEqual([]);
    expect(folded.quarantined).toMatchObject([{ area: 'staking' }]);
  });
});

test('any batches give the same rows', () => {
  expect.hasAssertions();
  const amounts = fc.oneof(fc.bigInt({ min: 0n, max: 9n }), fc.constant(2n ** 256n - 1n));
  const answers = fc.oneof(
    fc.constantFrom(noState, nothingRead),
    fc
      .tuple(amounts, amounts)
      .map(([stakedAmount, stakingTimestamp]) => stated({ stakedAmount, stakingTimestamp })),
  );
  const names = fc.constantFrom<Name[]>('TokensStaked', 'TokensUnstaked', 'StakingRewardsClaimed');
  const stakers = fc.constantFrom(staker, addressOf('other'), zeroAddress);
  const events = fc
    .tuple(names, amounts, answers, stakers)
    .map(([name, amount, answer, by]) => stakingEvent(name, amount, answer, by));
  expectSameInAnyBatches([staking], blocksOf(events));
});
