/** Trace points: the distributor keeps sums only, so each accrual and its claim are told by the logs; the sums must agree. */
import { rewardsDistributorAbi as abi } from '../../../abis/index.ts';
import { eventsOf, known } from './history.ts';
import type { History, TypedEvent } from './history.ts';
import { groupBy, number, provenance, tokens, user } from './row.ts';
import type { ExpectedRow, ExpectedTables } from './row.ts';

type PointsEvent = TypedEvent<'RewardsDistributor', 'RewardAccrued' | 'RewardsClaimed'>;

/** @throws when the logs don't sum up to what the contract says is open: then the oracle itself is wrong */
export async function expectRewards(history: History): Promise<ExpectedTables> {
  const events = eventsOf(history, 'RewardsDistributor', 'RewardAccrued', 'RewardsClaimed');
  const users = [...groupBy(events, ({ address, args }) => `${address} ${args.user}`).values()];
  const rows = await Promise.all(
    users.map(async (group) => {
      await checkOpenSum(history, group);
      return pointsOf(history, group);
    }),
  );
  return { trace_points: rows.flat() };
}

function pointsOf(history: History, events: readonly PointsEvent[]): ExpectedRow[] {
  return events.flatMap((event, position): ExpectedRow[] => {
    if (event.name === 'RewardsClaimed') return [];
    const claim = events.slice(position).find(({ name }) => name === 'RewardsClaimed');
    return [
      {
        user_id: user(event.args.user),
        points: tokens(event.args.amount),
        points_type: event.args.category,
        created_at: number(event.block.timestamp),
        is_claimed: claim !== undefined,
        claimed_at: claim === undefined ? null : number(claim.block.timestamp),
        metadata: null,
        ...provenance(history.chainId, event, claim === undefined ? [] : [claim]),
      },
    ];
  });
}

async function checkOpenSum({ client, head }: History, events: readonly PointsEvent[]): Promise<void> {
  const { address, args } = known(events[0]);
  const open = await client.readContract({
    abi,
    address,
    functionName: 'userRewardBalance',
    args: [args.user],
    blockNumber: head.number,
  });
  const lastClaim = events.findLastIndex(({ name }) => name === 'RewardsClaimed');
  const sum = events.slice(lastClaim + 1).reduce((total, event) => total + event.args.amount, 0n);
  if (sum !== open) throw new Error(`${args.user} has ${open} open at ${address}, but ${sum} by the logs`);
}
