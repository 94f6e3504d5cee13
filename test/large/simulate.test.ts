/** A few seeds that have every fault between them; `npm run simulate` has as many as you like. */
import { beforeAll, describe, expect, test } from 'vitest';
import { required } from '../../src/primitives/errors.ts';
import { sabotages } from '../simulate/daemon/sabotages.ts';
import type { RunOutcome } from '../simulate/run.ts';
import { seeds } from '../simulate/seeds.ts';
import { seekSabotage } from '../simulate/seek-sabotage.ts';
import { runSeeds } from '../simulate/simulate.ts';
import { openSite } from '../simulate/site/site.ts';

/** A run takes seconds, and a busy machine takes its time. */
const patienceMs = 15 * 60_000;

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
  test(
    'is missed',
    async () => {
      const site = await openSite();
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
