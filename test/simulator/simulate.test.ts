/**
 * The parts of a run of the simulator; runs.test.ts has twenty runs, and `npm run simulate` executes more.
 */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { allFeatures, featuresOf } from './coverage.ts';
import { mutations } from './daemon/mutations.ts';
import { planRun } from './plan.ts';
import { seeds } from './seeds.ts';

test('the seeds have everything between them that can befall a daemon', () => {
  const planned = new Set(seeds.flatMap((seed) => [...featuresOf(planRun(seed))]));
  expect(allFeatures.filter((feature) => !planned.has(feature))).toEqual([]);
});

test('the same seed gives the same plan', () => {
  expect(planRun(42)).toEqual(planRun(42));
  expect(planRun(42)).not.toEqual(planRun(43));
});

describe('a safeguard that is taken out', () => {
  test.each(mutations)('is there to be found: $name', async ({ file, find }) => {
    const text = await readFile(new URL(`../../src/${file}`, import.meta.url), 'utf8');
    expect(text.split(find)).toHaveLength(2);
  });
});
