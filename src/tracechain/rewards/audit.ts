/**
 * Audits the accrued, unclaimed rewards of users. The contract has only sums, so they are compared with the
 * sums of the rows.
 */
import { rewardsDistributorAbi as abi } from '../../../abis/index.ts';
import type { ReadPlan } from '../../engine/contract/read-plan.ts';
import { viewOf } from '../../engine/contract/views.ts';
import { isAddress, type Address } from '../../primitives/hex.ts';
import { userId, type Uuid } from '../../primitives/ids.ts';
import type { AnyRow } from '../../engine/projection/entity.ts';
import { areaAudit } from '../../engine/audit/expectations/area-audit.ts';
import {
  type Expectation,
  type EntityQuestion,
  entityKind,
} from '../../engine/audit/expectations/entity-kind.ts';
import { optionalInstant } from '../../engine/audit/expectations/column-values.ts';

const userRewardBalance = viewOf(abi, 'userRewardBalance');
const lastRewardClaim = viewOf(abi, 'lastRewardClaim');

const rewardedUsers = entityKind<Address>({
  name: 'rewarded user',
  kind: 'RewardsDistributor',
  isKey: isAddress,
  told: ({ kind, name, args }) =>
    kind === 'RewardsDistributor' && (name === 'RewardAccrued' || name === 'RewardsClaimed')
      ? [args['user'] as Address]
      : [],
  rows: { tracePoints: (row, { walletOf }) => walletOf(row['userId'] as Uuid) },
  read: readRewards,
});

export const rewards = areaAudit('rewards', {
  tables: {
    tracePoints: [rewardedUsers],
  },
});

function* readRewards({
  contract,
  key,
  reference,
  answerOf,
}: EntityQuestion<Address>): ReadPlan<readonly Expectation[]> {
  const { address } = contract;
  const [balanceResult, claimResult] = yield [
    userRewardBalance.request(address, [key]),
    lastRewardClaim.request(address, [key]),
  ];
  const balance = answerOf(userRewardBalance, balanceResult);
  const expected = answerOf(lastRewardClaim, claimResult);
  const rows = reference
    .where('tracePoints', 'userId', userId(key))
    .filter((row) => row['smartContractAddress'] === address);
  return [
    ...(balance === null ? [] : [sumOf(`open points of ${key}`, 'points', balance, openPoints(rows), rows)]),
    ...(expected === null || rows.length === 0
      ? []
      : [sumOf(`last expectation of ${key}`, 'claimedAt', optionalInstant(expected), lastClaim(rows), rows)]),
  ];
}

function sumOf(
  entity: string,
  property: string,
  said: bigint | null,
  pipelined: bigint | null,
  rows: readonly AnyRow[],
): Expectation {
  const blocks = rows.map((row) => (row['changedBlockNumber'] ?? row['blockNumber']) as number);
  return {
    table: 'tracePoints',
    rowId: null,
    entity,
    exists: null,
    values: { [property]: said },
    pipelined: { [property]: pipelined },
    ...(blocks.length === 0 ? {} : { lastBlock: blocks.reduce((last, one) => Math.max(last, one), 0) }),
  };
}

function openPoints(rows: readonly AnyRow[]): bigint {
  return rows.reduce((sum, row) => (row['isClaimed'] === true ? sum : sum + (row['points'] as bigint)), 0n);
}

function lastClaim(rows: readonly AnyRow[]): bigint | null {
  let last: bigint | null = null;
  for (const row of rows) {
    const at = row['claimedAt'] as bigint | null;
    if (at !== null && (last === null || at > last)) last = at;
  }
  return last;
}
