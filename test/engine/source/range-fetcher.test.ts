import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  afterAnswer,
  afterDensity,
  afterRangeLimit,
  initialRangeState,
  rangeHint,
} from '../../../src/engine/source/range-fetcher.ts';

const options = { initialBlocks: 100, maximumBlocks: 10_000, targetLogs: 1_000 };
const start = initialRangeState(options);

describe('the size of the next range', () => {
  test('doubles over sparse blocks up to the maximum', () => {
    let state = start;
    for (let query = 0; query < 10; query += 1) {
      state = afterAnswer(state, { blocks: state.blocks, logs: 3 }, 1_000);
    }
    expect(state.blocks).toBe(10_000);
  });

  test('goes to where the answer would be of the size aimed at', () => {
    expect(afterAnswer(start, { blocks: 100, logs: 4_000 }, 1_000).blocks).toBe(25);
    expect(afterAnswer(start, { blocks: 100, logs: 800 }, 1_000).blocks).toBe(125);
  });

  test('doesn’t grow from a range that was shorter than suggested', () => {
    expect(afterAnswer(start, { blocks: 3, logs: 0 }, 1_000)).toEqual(start);
  });

  test('forgets crowded blocks, and never a structural limit', () => {
    const crowded = afterDensity(start, 100);
    expect(crowded).toEqual({ blocks: 50, maximumBlocks: 10_000 });
    expect(afterAnswer(crowded, { blocks: 50, logs: 0 }, 1_000).blocks).toBe(200);

    const limited = afterRangeLimit(start, 100, 64);
    expect(limited).toEqual({ blocks: 64, maximumBlocks: 64 });
    expect(afterAnswer(limited, { blocks: 64, logs: 0 }, 1_000)).toEqual(limited);
  });

  test('halves at a structural limit that the node doesn’t name', () => {
    expect(afterRangeLimit(start, 100)).toEqual({ blocks: 50, maximumBlocks: 50 });
  });

  test('stays between one block and the maximum, and a refused size isn’t asked again', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('answer' as const), logs: fc.nat(1_000_000) }),
      fc.record({ kind: fc.constant('limit' as const), hint: fc.option(fc.nat(20_000), { nil: undefined }) }),
      fc.record({ kind: fc.constant('density' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let state = start;
        let refused = Infinity;
        for (const next of steps) {
          const asked = state.blocks;
          if (next.kind === 'answer') state = afterAnswer(state, { blocks: asked, logs: next.logs }, 1_000);
          if (next.kind === 'density') state = afterDensity(state, asked);
          if (next.kind === 'limit' && asked > 1) {
            state = afterRangeLimit(state, asked, next.hint);
            refused = Math.min(refused, asked);
          }
          expect(state.blocks).toBeGreaterThanOrEqual(1);
          expect(state.blocks).toBeLessThanOrEqual(state.maximumBlocks);
          expect(state.blocks).toBeLessThan(refused);
          expect(Number.isInteger(state.blocks)).toBe(true);
        }
      }),
    );
  });
});

test.each([
  ['exceed maximum block range: 5000', 20_000, 5_000],
  ['eth_getLogs is limited to a 10,000 range', 20_000, 10_000],
  ['You can make eth_getLogs requests with up to a 2K block range', 20_000, 2_000],
  ['eth_getLogs is limited to 0 - 1024 blocks range', 20_000, 1_024],
  ['requested 20000 blocks, at most 800 are allowed', 20_000, 800],
  ['this block range should work: [0x10, 0x2710]', 20_000, undefined],
  ['range is too large', 20_000, undefined],
])('the limit named in "%s"', (message, asked, hint) => {
  expect(rangeHint(message, asked)).toBe(hint);
});
