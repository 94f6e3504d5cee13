/** Trace points: accrued by the rewards distributor, then claimed all at once. */
import { leafId, userId } from '../../primitives/ids.ts';
import { lookup } from '../../engine/projection/lookup.ts';
import { on, type Projection } from '../../engine/projection/projection.ts';

/** A user's points at one distributor that no claim has paid out yet. */
const openPoints = lookup('tracePoints', ['chainId', 'smartContractAddress', 'userId'], { isClaimed: false });

export const rewards: Projection = {
  area: 'rewards',
  version: 1,
  tables: ['tracePoints'],
  lookups: [openPoints],
  handlers: [
    on('RewardsDistributor', 'RewardAccrued', {
      apply(event, _, write) {
        const { chainId, timestamp, hash: blockHash } = event.block;
        const { logIndex } = event.log;
        write.insert(
          'tracePoints',
          leafId({ chainId, table: 'trace_points', blockHash, logIndex }, timestamp),
          {
            userId: write.user(event.args.user),
            points: event.args.amount,
            pointsType: event.args.category,
            isClaimed: false,
            claimedAt: null,
            metadata: null,
          },
        );
      },
    }),
    on('RewardsDistributor', 'RewardsClaimed', {
      entities: ({ args, block, log }, load) =>
        load.many(openPoints, [block.chainId, log.address, userId(args.user)]),
      apply(event, claimed, write) {
        write.user(event.args.user);
        for (const points of claimed.entities())
          points.update({ isClaimed: true, claimedAt: event.block.timestamp });
      },
    }),
  ],
};
