/** Generates token events: transfers, stakes, rewards. */
import { zeroAddress } from '../../primitives/hex.ts';
import type { Address } from '../../primitives/hex.ts';
import { oneTokenWei } from '../activity/steps/step.ts';
import { rewardCategories } from '../activity/vocabulary.ts';
import { busyOne } from './users.ts';
import type { Happening, DatasetWorld } from './world.ts';

const supplyWei = 1_000_000_000n * oneTokenWei;
const firstTokensWei = 50_000n * oneTokenWei;
const stakingConstants = {
  minimumStakeWei: 100n * oneTokenWei,
  lockPeriodSeconds: 604_800n,
  rewardRatePercent: 12n,
} as const;

/** The token contract's own balance pays rewards and returns stakes. */
export function openToken(world: DatasetWorld): void {
  world.chronicle.beginTransaction();
  move(world, zeroAddress, world.people.operator, supplyWei);
  move(world, zeroAddress, world.contracts.token.address, supplyWei);
}

/** Records the transfer in the open transaction. */
export function move(world: DatasetWorld, from: Address, to: Address, value: bigint): void {
  const { balances, chronicle, contracts } = world;
  if (from !== zeroAddress) balances.set(from, balanceOf(world, from) - value);
  balances.set(to, balanceOf(world, to) + value);
  chronicle.event(contracts.token, 'Transfer', { from, to, value });
}

function balanceOf({ balances }: DatasetWorld, holder: Address): bigint {
  return balances.get(holder) ?? 0n;
}

/** Whether the user has this balance; if not, gives it its first tokens in a separate transaction. */
export function canPay(world: DatasetWorld, holder: Address, amountWei: bigint): boolean {
  if (balanceOf(world, holder) >= amountWei) return true;
  world.chronicle.beginTransaction();
  move(world, world.people.operator, holder, firstTokensWei);
  return false;
}

function transfer(world: DatasetWorld): void {
  const { random, people, chronicle } = world;
  const from = busyOne(random, [...people.shops, ...people.consumers]);
  const to = random.pick(people.makers);
  const amountWei = (BigInt(random.integer(1, 400_000)) * oneTokenWei) / 1000n;
  if (from === undefined || !canPay(world, from, amountWei)) return;
  chronicle.beginTransaction();
  move(world, from, to, amountWei);
}

function stake(world: DatasetWorld): void {
  const { random, people, chronicle, contracts, stakes } = world;
  const staker = busyOne(random, people.consumers);
  const amount = BigInt(random.integer(100, 2000)) * oneTokenWei;
  if (staker === undefined || !canPay(world, staker, amount)) return;
  const known = stakes.get(staker);
  const state = known ?? {
    stakedAmount: 0n,
    stakingTimestamp: 0n,
    lastRewardClaim: 0n,
    totalRewardsEarned: 0n,
  };
  stakes.set(staker, state);
  state.stakedAmount += amount;
  state.stakingTimestamp = chronicle.time;
  state.lastRewardClaim = chronicle.time;
  chronicle.beginTransaction();
  move(world, staker, contracts.token.address, amount);
  chronicle.event(contracts.token, 'TokensStaked', { staker, amount }, () => stakeAnswer(state));
}

function unstake(world: DatasetWorld): void {
  const { random, chronicle, contracts, stakes } = world;
  const found = random.find([...stakes], ([, { stakedAmount, stakingTimestamp }]) => {
    return stakedAmount > 0n && stakingTimestamp + stakingConstants.lockPeriodSeconds <= chronicle.time;
  });
  if (found === undefined) return;
  const [staker, state] = found;
  const amount = state.stakedAmount;
  state.stakedAmount = 0n;
  chronicle.beginTransaction();
  move(world, contracts.token.address, staker, amount);
  chronicle.event(contracts.token, 'TokensUnstaked', { staker, amount }, () => stakeAnswer(state));
}

function stakeAnswer(state: NonNullable<ReturnType<DatasetWorld['stakes']['get']>>) {
  return { source: 'state', stake: { ...state }, ...stakingConstants } as const;
}

function accrue({ random, people, chronicle, contracts, accrued }: DatasetWorld): void {
  const user = busyOne(random, random.chance(0.5) ? people.makers : people.consumers);
  if (user === undefined) return;
  const amount = BigInt(random.integer(1, 15)) * oneTokenWei;
  accrued.set(user, (accrued.get(user) ?? 0n) + amount);
  chronicle.beginTransaction();
  const category = random.pick(rewardCategories);
  chronicle.event(contracts.rewards, 'RewardAccrued', { user, amount, category });
}

function claim(world: DatasetWorld): void {
  const { random, people, chronicle, contracts, accrued } = world;
  const user = busyOne(random, people.makers);
  const amount = user === undefined ? undefined : accrued.get(user);
  if (user === undefined || amount === undefined) return;
  accrued.delete(user);
  chronicle.beginTransaction();
  move(world, contracts.token.address, user, amount);
  chronicle.event(contracts.token, 'RewardDistributed', { recipient: user, amount, category: 'claim' });
  chronicle.event(contracts.rewards, 'RewardsClaimed', { user, amount });
}

export const tokenHappenings: readonly Happening[] = [
  { weight: 14, happen: transfer },
  { weight: 1, happen: stake },
  { weight: 0.3, happen: unstake },
  { weight: 6, happen: accrue },
  { weight: 0.5, happen: claim },
];
