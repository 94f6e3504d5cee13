/** The TRACE token: an ERC-20 with its own staking and vesting. */
import { traceTokenAbi as abi } from '../../../abis/index.ts';
import { askDirectCall, directCallReader } from '../../engine/contract/calldata.ts';
import { defineKind, type KindEvent } from '../../engine/contract/kind.ts';
import type { ReadPlan } from '../../engine/contract/read-plan.ts';
import { isUnavailable, viewOf, type AnswerSource } from '../../engine/contract/views.ts';

export interface StakeState {
  /** Wei. */
  readonly stakedAmount: bigint;
  /** Unix seconds; the lock starts here. */
  readonly stakingTimestamp: bigint;
  readonly lastRewardClaim: bigint;
  /** Wei. */
  readonly totalRewardsEarned: bigint;
}

export interface StakingAnswer {
  readonly source: AnswerSource;
  readonly stake: StakeState | null;
  /** The contract's constants, each null if it has no such getter. */
  readonly minimumStakeWei: bigint | null;
  readonly lockPeriodSeconds: bigint | null;
  readonly rewardRatePercent: bigint | null;
}

/**
 * A vesting schedule as `vestingSchedules` returns it. A field is null if calldata replaces the read and
 * lacks the field.
 */
export interface VestingScheduleState {
  /** Wei. */
  readonly totalAmount: bigint;
  readonly released: bigint | null;
  /** Unix seconds. */
  readonly startTime: bigint | null;
  /** Seconds. */
  readonly duration: bigint;
  readonly isRevocable: boolean;
}

export interface VestingAnswer {
  readonly source: AnswerSource;
  readonly schedule: VestingScheduleState | null;
}

type StakingEvent =
  | KindEvent<typeof abi, 'TokensStaked'>
  | KindEvent<typeof abi, 'TokensUnstaked'>
  | KindEvent<typeof abi, 'StakingRewardsClaimed'>;
type VestingEvent = KindEvent<typeof abi, 'VestingScheduleCreated'> | KindEvent<typeof abi, 'TokensReleased'>;

const stakingInfo = viewOf(abi, 'stakingInfo');
const vestingSchedules = viewOf(abi, 'vestingSchedules');
const minimumStake = viewOf(abi, 'MIN_STAKE_AMOUNT');
const lockPeriod = viewOf(abi, 'STAKING_LOCK_PERIOD');
const rewardRate = viewOf(abi, 'STAKING_REWARD_RATE');
const readDirectCall = directCallReader(abi);

export const traceToken = defineKind({
  abi,
  reads: {
    TokensStaked: readStake,
    TokensUnstaked: readStake,
    StakingRewardsClaimed: readStake,
    VestingScheduleCreated: readScheduleCreated,
    TokensReleased: readSchedule,
  },
});

/** The calls have no more data than the events, so there is no fallback to calldata. */
function* readStake(event: StakingEvent): ReadPlan<StakingAnswer> {
  const { address } = event.log;
  const [stakeResult, minimumResult, periodResult, rateResult] = yield [
    stakingInfo.request(address, [event.args.staker]),
    minimumStake.request(address, []),
    lockPeriod.request(address, []),
    rewardRate.request(address, []),
  ];
  const values = stakingInfo.valueOf(stakeResult);
  const constants = {
    minimumStakeWei: minimumStake.valueOf(minimumResult),
    lockPeriodSeconds: lockPeriod.valueOf(periodResult),
    rewardRatePercent: rewardRate.valueOf(rateResult),
  };
  if (values === null) return { source: 'none', stake: null, ...constants };
  const [stakedAmount, stakingTimestamp, lastRewardClaim, totalRewardsEarned] = values;
  return {
    source: 'state',
    stake: { stakedAmount, stakingTimestamp, lastRewardClaim, totalRewardsEarned },
    ...constants,
  };
}

function* readScheduleCreated(
  event: KindEvent<typeof abi, 'VestingScheduleCreated'>,
): ReadPlan<VestingAnswer> {
  const { beneficiary, amount, duration } = event.args;
  const { answer, hasState } = yield* askSchedule(event);
  if (hasState) return answer;
  const call = (yield* askDirectCall(event, readDirectCall))?.call;
  if (call?.name !== 'createVestingSchedule') return answer;
  const [calledBeneficiary, calledAmount, calledDuration, isRevocable] = call.args;
  if (calledBeneficiary !== beneficiary || calledAmount !== amount || calledDuration !== duration)
    return answer;
  return {
    source: 'calldata',
    schedule: { totalAmount: amount, released: null, startTime: null, duration, isRevocable },
  };
}

function* readSchedule(event: KindEvent<typeof abi, 'TokensReleased'>): ReadPlan<VestingAnswer> {
  return (yield* askSchedule(event)).answer;
}

function* askSchedule(event: VestingEvent): ReadPlan<{ answer: VestingAnswer; hasState: boolean }> {
  const [result] = yield [vestingSchedules.request(event.log.address, [event.args.beneficiary])];
  const values = vestingSchedules.valueOf(result);
  const hasState = !isUnavailable(result);
  if (values === null) return { answer: { source: 'none', schedule: null }, hasState };
  const [totalAmount, released, startTime, duration, isRevocable] = values;
  return {
    answer: { source: 'state', schedule: { totalAmount, released, startTime, duration, isRevocable } },
    hasState,
  };
}
