/** A few seeds that have every fault between them; `npm run simulate` has as many as you like. */
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { required } from '../../src/primitives/errors.ts';
import { allFeatures, featuresOf } from './coverage.ts';
import { sabotages } from './daemon/sabotages.ts';
import { planRun } from './plan.ts';
import type { RunOutcome } from './run.ts';
import { seekSabotage } from './seek-sabotage.ts';
import { runSeeds } from './simulate.ts';
import { openSite } from './site/site.ts';

/** Chosen by what is planned for them, the cheapest first; the rest are the first numbers that there are. */
const seeds = [2355, 2350, 1111, 1343, 1687, 1329, 1879, 1659, 1056, 425, 1151, 2743, 1, 2, 3, 4, 6, 7, 8, 9];
/** A run takes seconds, and a busy machine takes its time. */
const patienceMs = 15 * 60_000;

test('the seeds have everything between them that can befall a daemon', () => {
  const planned = new Set(seeds.flatMap((seed) => [...featuresOf(planRun(seed))]));
  expect(allFeatures.filter((feature) => !planned.has(feature))).toEqual([]);
});

test('the same seed gives the same plan', () => {
  expect(planRun(42)).toEqual(planRun(42));
  expect(planRun(42)).not.toEqual(planRun(43));
});

describe('whatever befalls it, the daemon’s tables are those of a clean fold', () => {
  const outcomes = new Map<number, RunOutcome>();
  beforeAll(async () => {
    await runSeeds(seeds, 2, (outcome) => outcomes.set(outcome.seed, outcome));
  }, patienceMs);

  test.each(seeds)('seed %i', (seed) => {
    const { failures, logFile } = required(outcomes.get(seed), 'the outcome of a run');
    expect({ failures, logFile }).toEqual({ failures: [], logFile });
  });
});

describe('a safeguard that is taken out', () => {
  test.each(sabotages)('is there to be found: $name', async ({ file, find }) => {
    const text = await readFile(new URL(`../../src/${file}`, import.meta.url), 'utf8');
    expect(text.split(find)).toHaveLength(2);
  });

  test(
    'is missed',
    async () => {
      const site = await openSite(join(tmpdir(), 'tracechain-simulations'));
      try {
        const wanted = sabotages.find(({ name }) => name === 'undo-without-checkpoints');
        const { seenBy } = await seekSabotage(site, required(wanted, 'a sabotage'), 1003);
        expect(seenBy?.failures).not.toEqual([]);
        expect(seenBy).not.toBeNull();
      } finally {
        await site.stop();
      }
    },
    patienceMs,
  );
});
