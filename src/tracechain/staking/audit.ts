/** Audits all stakes, and the constants of the pool of each token contract. */
import { traceTokenAbi as abi } from '../../../abis/index.ts';
import type { ChainEvent } from '../../engine/contract/events.ts';
import type { IndexedContract } from '../../engine/contract/kind.ts';
import type { ReadPlan } from '../../engine/contract/read-plan.ts';
import { viewOf } from '../../engine/contract/views.ts';
import { isAddress, type Address } from '../../primitives/hex.ts';
import { entityId, type Uuid } from '../../primitives/ids.ts';
import { areaAudit } from '../../engine/audit/expectations/area-audit.ts';
import {
  type Expectation,
  type EntityQuestion,
  entityKind,
} from '../../engine/audit/expectations/entity-kind.ts';
import { optionalInstant, secondsIn, user } from '../../engine/audit/expectations/column-values.ts';

const stakingInfo = viewOf(abi, 'stakingInfo');
const minimumStake = viewOf(abi, 'MIN_STAKE_AMOUNT');
const lockPeriod = viewOf(abi, 'STAKING_LOCK_PERIOD');
const rewardRate = viewOf(abi, 'STAKING_REWARD_RATE');

const stakingEvents: ReadonlySet<string> = new Set([
  'TokensStaked',
  'TokensUnstaked',
  'StakingRewardsClaimed',
]);

const pools = entityKind<string>({
  name: 'pool',
  kind: 'TraceToken',
  isKey: () => true,
  told: (event) => (isStaking(event) ? ['TRACE staking'] : []),
  rows: { stakingPools: (row) => (row['chainId'] === null ? null : 'TRACE staking') },
  read: readPool,
});

const stakers = entityKind<Address>({
  name: 'staker',
  kind: 'TraceToken',
  isKey: isAddress,
  told: (event) => (isStaking(event) ? [event.args['staker'] as Address] : []),
  rows: { userStakes: (row, { walletOf }) => walletOf(row['userId'] as Uuid) },
  read: readStake,
});

export const staking = areaAudit('staking', {
  tables: {
    stakingPools: [pools],
    userStakes: [stakers],
  },
});

function isStaking({ kind, name }: ChainEvent): boolean {
  return kind === 'TraceToken' && stakingEvents.has(name);
}

const secondsADay = 86_400n;

function* readPool({ contract, answerOf }: EntityQuestion<string>): ReadPlan<readonly Expectation[]> {
  const { address } = contract;
  const [minimumResult, periodResult, rateResult] = yield [
    minimumStake.request(address, []),
    lockPeriod.request(address, []),
    rewardRate.request(address, []),
  ];
  const minimum = answerOf(minimumStake, minimumResult);
  const period = answerOf(lockPeriod, periodResult);
  const rate = answerOf(rewardRate, rateResult);
  const values = {
    ...(minimum === null ? {} : { minStakeAmount: minimum }),
    ...(period === null ? {} : { lockPeriodDays: secondsIn(period, secondsADay) }),
    ...(rate === null ? {} : { apyPercentage: rate.toString() }),
  };
  const rowId = poolId(contract);
  return [{ table: 'stakingPools', rowId, entity: 'staking pool', exists: true, values }];
}

function* readStake({
  contract,
  key,
  reference,
  answerOf,
}: EntityQuestion<Address>): ReadPlan<readonly Expectation[]> {
  const { chainId, address } = contract;
  const [stakeResult, periodResult] = yield [
    stakingInfo.request(address, [key]),
    lockPeriod.request(address, []),
  ];
  const stake = answerOf(stakingInfo, stakeResult);
  if (stake === null) return [];
  const period = answerOf(lockPeriod, periodResult);
  const [amount, stakedAt, lastClaimAt, rewardsClaimed] = stake;
  const rowId = entityId({ chainId, contract: address, table: 'user_stakes', number: 0n, parts: [key] });
  const unlockAt = period === null || stakedAt === 0n ? null : optionalInstant(stakedAt + period);
  return [
    {
      table: 'userStakes',
      rowId,
      entity: `stake of ${key}`,
      // The getter answers for any address; only a positive stake proves an event.
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
