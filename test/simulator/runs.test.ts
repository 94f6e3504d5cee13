/**
 * Twenty runs that together have every kind of fault, two at a time; `npm run simulate` executes any number.
 */
import { beforeAll, expect, test } from 'vitest';
import { required } from '../../src/primitives/errors.ts';
import type { RunOutcome } from './run.ts';
import { seeds } from './seeds.ts';
import { runSeeds } from './simulate.ts';

/** A run takes seconds, and much longer on a busy machine. */
const patienceMs = 15 * 60_000;
const outcomes = new Map<number, RunOutcome>();

beforeAll(async () => {
  await runSeeds(seeds, 2, (outcome) => outcomes.set(outcome.seed, outcome));
}, patienceMs);

test.each(seeds)('the tables are those of a clean fold, whatever befalls the daemon: seed %i', (seed) => {
  const { failures, logFile } = required(outcomes.get(seed), 'the outcome of a run');
  expect({ failures, logFile }).toEqual({ failures: [], logFile });
});
