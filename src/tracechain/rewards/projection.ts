/** Trace points: accrued by the rewards distributor, then claimed all at once. */
import type { TypedEvent } from '../../engine/contract/events.ts';
import { leafId, userId } from '../../primitives/ids.ts';
import { lookup, type LookupKey, on, type Projection } from '../../engine/projection/projection.ts';

/** A user's points at one distributor that no claim has paid out yet. */
const openPoints = lookup('tracePoints', ['chainId', 'smartContractAddress', 'userId'], { isClaimed: false });

export const rewards: Projection = {
  area: 'rewards',
  version: 1,
  tables: ['tracePoints'],
  lookups: [openPoints],
  handlers: [
    on('RewardsDistributor', 'RewardAccrued', {
      apply(event, rows) {
        const { chainId, timestamp, hash: blockHash } = event.block;
        rows.insert('tracePoints', {
          id: leafId({ chainId, table: 'trace_points', blockHash, logIndex: event.log.logIndex }, timestamp),
          userId: rows.user(event.args.user),
          points: event.args.amount,
          pointsType: event.args.category,
          isClaimed: false,
          claimedAt: null,
          metadata: null,
        });
      },
    }),
    on('RewardsDistributor', 'RewardsClaimed', {
      touch(event, wanted) {
        wanted.all(openPoints, openPointsKey(event));
      },
      apply(event, rows) {
        rows.user(event.args.user);
        for (const { id } of rows.all(openPoints, openPointsKey(event))) {
          rows.update('tracePoints', id, { isClaimed: true, claimedAt: event.block.timestamp });
        }
      },
    }),
  ],
};

function openPointsKey(event: TypedEvent<'RewardsDistributor', 'RewardsClaimed'>): LookupKey {
  return [event.block.chainId, event.log.address, userId(event.args.user)];
}
