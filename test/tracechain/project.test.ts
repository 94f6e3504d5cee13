/** The projected result does not depend on the source of a batch's rows. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { zeroAddress } from '../../src/primitives/hex.ts';
import { type BatchEffect } from '../../src/engine/projection/fold.ts';
import { ProjectionSet } from '../../src/engine/projection/projection-set.ts';
import { MemoryRows } from '../../src/engine/projection/memory-rows.ts';
import { overlay } from '../../src/engine/projection/overlay.ts';
import { project, type RowSource } from '../../src/engine/projection/project.ts';
import { rewards } from '../../src/tracechain/rewards/projection.ts';
import { token } from '../../src/tracechain/token/projection.ts';
import { addressOf, batchesOf, batchSizes, blocksOf, chainOf, event, foldBlocks } from './support/chain.ts';
import { FoldedRows } from './support/folded-rows.ts';

const areas = [rewards, token];
const projections = new ProjectionSet(areas);

const wallets = fc.constantFrom(addressOf('alice'), addressOf('bob'));
const amounts = fc.bigInt(0n, 9n);
/** Rows that are found by id, and rows that are found by a lookup and later stop matching it. */
const events = fc.oneof(
  fc
    .record({ from: fc.oneof(wallets, fc.constant(zeroAddress)), to: wallets, value: amounts })
    .map((args) => event('TraceToken', 'Transfer', args)),
  fc
    .record({ user: wallets, amount: amounts })
    .map((args) => event('RewardsDistributor', 'RewardAccrued', { ...args, category: 'checkpoint_added' })),
  wallets.map((user) => event('RewardsDistributor', 'RewardsClaimed', { user, amount: 1n })),
);
const chains = blocksOf(events);

function sourceOf(folded: FoldedRows): RowSource {
  return { load: async (wanted) => await Promise.resolve(folded.load(wanted)) };
}

test('a batch over rows under the unsaved effect of the batch before gives what it gives once that is saved', async () => {
  await fc.assert(
    fc.asyncProperty(chains, batchSizes, fc.boolean(), async (descriptions, sizes, isSavedMeanwhile) => {
      const blocks = chainOf(...descriptions);
      const folded = new FoldedRows();
      let unsaved: BatchEffect | null = null;
      for (const batch of batchesOf(blocks, sizes)) {
        const before: RowSource = unsaved === null ? sourceOf(folded) : overlay(sourceOf(folded), unsaved);
        if (unsaved !== null && isSavedMeanwhile) folded.save(unsaved);
        const effect = await project(batch, before, { projections });
        if (unsaved !== null && !isSavedMeanwhile) folded.save(unsaved);
        unsaved = effect;
      }
      if (unsaved !== null) folded.save(unsaved);
      expect(folded.everything()).toEqual(foldBlocks(areas, blocks, sizes).everything());
    }),
  );
});

test('batches over rows in memory give what they give over tables, also if the first rows come from elsewhere', async () => {
  await fc.assert(
    fc.asyncProperty(chains, chains, batchSizes, async (descriptions, later, sizes) => {
      const all = chainOf(...descriptions, ...later);
      const folded = foldBlocks(areas, all.slice(0, descriptions.length));
      const memory = new MemoryRows(
        projections.lookups,
        sourceOf(foldBlocks(areas, all.slice(0, descriptions.length))),
      );
      for (const batch of batchesOf(all.slice(descriptions.length), sizes)) {
        const effect = await project(batch, memory, { projections });
        memory.save(effect);
        folded.save(effect);
      }
      expect(folded.everything()).toEqual(foldBlocks(areas, all).everything());
    }),
  );
});
