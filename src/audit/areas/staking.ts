/** Stakes of every staker, and the constants of the pool that a token contract is. */
import { traceTokenAbi as abi } from '../../../abis/index.ts';
import type { ChainEvent } from '../../contracts/events.ts';
import type { IndexedContract } from '../../contracts/kind.ts';
import type { ReadPlan } from '../../contracts/read-plan.ts';
import { viewOf } from '../../contracts/views.ts';
import type { Address } from '../../primitives/hex.ts';
import { entityId, type Uuid } from '../../primitives/ids.ts';
import { type AreaAudit, type Claim, type EntityQuestion, facet } from '../claim.ts';
import { optionalInstant, secondsIn, user } from '../column-values.ts';

const stakingInfo = viewOf(abi, 'stakingInfo');
const minimumStake = viewOf(abi, 'MIN_STAKE_AMOUNT');
const lockPeriod = viewOf(abi, 'STAKING_LOCK_PERIOD');
const rewardRate = viewOf(abi, 'STAKING_REWARD_RATE');

const stakingEvents: ReadonlySet<string> = new Set([
  'TokensStaked',
  'TokensUnstaked',
  'StakingRewardsClaimed',
]);

export const staking: AreaAudit = {
  area: 'staking',
  tables: ['stakingPools', 'userStakes'],
  facets: [
    facet<string>({
      name: 'pool',
      kind: 'TraceToken',
      told: (event) => (isStaking(event) ? ['TRACE staking'] : []),
      rows: { stakingPools: (row) => (row['chainId'] === null ? null : 'TRACE staking') },
      read: readPool,
    }),
    facet<Address>({
      name: 'staker',
      kind: 'TraceToken',
      told: (event) => (isStaking(event) ? [event.args['staker'] as Address] : []),
      rows: { userStakes: (row, { walletOf }) => walletOf(row['userId'] as Uuid) },
      read: readStake,
    }),
  ],
};

function isStaking({ kind, name }: ChainEvent): boolean {
  return kind === 'TraceToken' && stakingEvents.has(name);
}

const secondsADay = 86_400n;

function* readPool({ contract }: EntityQuestion<string>): ReadPlan<readonly Claim[]> {
  const { address } = contract;
  const [minimumResult, periodResult, rateResult] = yield [
    minimumStake.request(address, []),
    lockPeriod.request(address, []),
    rewardRate.request(address, []),
  ];
  const minimum = minimumStake.valueOf(minimumResult);
  const period = lockPeriod.valueOf(periodResult);
  const rate = rewardRate.valueOf(rateResult);
  const values = {
    ...(minimum === null ? {} : { minStakeAmount: minimum }),
    ...(period === null ? {} : { lockPeriodDays: secondsIn(period, secondsADay) }),
    ...(rate === null ? {} : { apyPercentage: rate.toString() }),
  };
  const rowId = poolId(contract);
  return [{ table: 'stakingPools', rowId, entity: 'staking pool', exists: true, values }];
}

function* readStake({ contract, key, reference }: EntityQuestion<Address>): ReadPlan<readonly Claim[]> {
  const { chainId, address } = contract;
  const [stakeResult, periodResult] = yield [
    stakingInfo.request(address, [key]),
    lockPeriod.request(address, []),
  ];
  const stake = stakingInfo.valueOf(stakeResult);
  if (stake === null) return [];
  const period = lockPeriod.valueOf(periodResult);
  const [amount, stakedAt, lastClaimAt, rewardsClaimed] = stake;
  const rowId = entityId({ chainId, contract: address, table: 'user_stakes', number: 0n, parts: [key] });
  const unlockAt = period === null || stakedAt === 0n ? null : optionalInstant(stakedAt + period);
  return [
    {
      table: 'userStakes',
      rowId,
      entity: `stake of ${key}`,
      // The getter answers for anybody: only a stake says that there was an event.
      exists: amount > 0n || reference.row('userStakes', rowId) !== undefined ? true : null,
      values: {
        userId: user(key),
        poolId: poolId(contract),
        amount,
        stakedAt: optionalInstant(stakedAt),
        ...(period === null ? {} : { unlockAt }),
        isActive: amount > 0n,
        rewardsClaimed,
        lastClaimAt: optionalInstant(lastClaimAt),
      },
    },
  ];
}

function poolId({ chainId, address }: IndexedContract): Uuid {
  return entityId({ chainId, contract: address, table: 'staking_pools', number: 0n });
}
