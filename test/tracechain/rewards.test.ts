import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Address } from '../../src/primitives/hex.ts';
import { rewards } from '../../src/tracechain/rewards/projection.ts';
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

const alice = addressOf('alice');
const bob = addressOf('bob');
const otherDistributor = addressOf('another distributor');

function accrued(user: Address, amount: bigint, address?: Address): EventDescription {
  return event(
    'RewardsDistributor',
    'RewardAccrued',
    { user, amount, category: 'checkpoint_added' },
    address === undefined ? {} : { address },
  );
}

function claimed(user: Address): EventDescription {
  return event('RewardsDistributor', 'RewardsClaimed', { user, amount: 3n });
}

test('a claim pays out that user’s open points at that distributor, and no others', () => {
  const blocks = chainOf(
    block([accrued(alice, 1n), accrued(alice, 2n), accrued(bob, 5n), accrued(alice, 9n, otherDistributor)]),
    block([claimed(alice)]),
    block([accrued(alice, 4n)]),
  );
  const rows = foldBlocks([rewards], blocks)
    .rows('tracePoints')
    .toSorted((left, right) => Number(left.points - right.points));
  expect(rows.map(({ points, isClaimed, claimedAt }) => [points, isClaimed, claimedAt])).toEqual([
    [1n, true, firstBlockTime + 12n],
    [2n, true, firstBlockTime + 12n],
    [4n, false, null],
    [5n, false, null],
    [9n, false, null],
  ]);
});

test('any division of the same events into batches gives the same rows', () => {
  const users = fc.constantFrom(alice, bob);
  const events = fc.oneof(
    fc
      .tuple(users, fc.bigInt(0n, 9n), fc.constantFrom(undefined, otherDistributor))
      .map(([user, amount, address]) => accrued(user, amount, address)),
    users.map((user) => claimed(user)),
  );
  expectSameInAnyBatches([rewards], blocksOf(events));
});
