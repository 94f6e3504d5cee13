/**
 * The cache of appended logs between ingest and the projection: each block's logs once, for any order of
 * branches, within a bound.
 */
import { describe, expect, it } from 'vitest';
import { FreshLogs } from '../../../../src/engine/daemon/ingest/fresh-logs.ts';
import { block, blockHash } from '../../ledger/chain-values.ts';

describe('logs that were just appended', () => {
  it('are given once, and what came before them is let go', () => {
    const fresh = new FreshLogs(100);
    const blocks = [block(1, 2), block(2, 0), block(3, 1)];
    fresh.add(blocks);
    expect(fresh.take(blockHash(3))).toEqual(blocks[2]?.logs);
    expect(fresh.take(blockHash(3))).toBeUndefined();
    expect(fresh.take(blockHash(1))).toBeUndefined();
  });

  it('are kept while there is room, the earlier rather than the later, and again once some were taken', () => {
    const fresh = new FreshLogs(5);
    fresh.add([block(1, 3), block(2, 2), block(3, 1)]);
    expect(fresh.take(blockHash(1))).toHaveLength(3);
    expect(fresh.take(blockHash(3))).toBeUndefined();
    fresh.add([block(3, 1), block(4, 2)]);
    expect(fresh.take(blockHash(2))).toHaveLength(2);
    expect(fresh.take(blockHash(4))).toHaveLength(2);
  });

  it('count once however often a block is appended', () => {
    const fresh = new FreshLogs(4);
    fresh.add([block(1, 2)]);
    fresh.add([block(1, 2), block(2, 2)]);
    expect(fresh.take(blockHash(2))).toHaveLength(2);
  });
});
