/** A few runs for every day; `npm run test:large` has twenty with every kind of fault between them, `npm run simulate` as many as you like. */
import { beforeAll, expect, test } from 'vitest';
import { required } from '../../src/primitives/errors.ts';
import type { RunOutcome } from './run.ts';
import { runSeeds } from './simulate.ts';

/** Kills, reorganizations there and back, past finality and resolved, PostgreSQL killed, connections cut; without take-overs, whose time a busy machine hasn't. */
const seeds: readonly number[] = [2, 18, 24];
const patienceMs = 5 * 60_000;
const outcomes = new Map<number, RunOutcome>();

beforeAll(async () => {
  await runSeeds(seeds, 1, (outcome) => outcomes.set(outcome.seed, outcome));
}, patienceMs);

test.each(seeds)('the tables are those of a clean fold, whatever befalls the daemon: seed %i', (seed) => {
  const { failures, logFile } = required(outcomes.get(seed), 'the outcome of a run');
  expect({ failures, logFile }).toEqual({ failures: [], logFile });
});
