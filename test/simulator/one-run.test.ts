/** One run of the simulator; runs.test.ts has twenty that together have every kind of fault. */
import { expect, test } from 'vitest';
import { required } from '../../src/primitives/errors.ts';
import { runSeeds } from './simulate.ts';
import { seeds } from './seeds.ts';

test('the tables are those of a clean fold, whatever befalls the daemon', async () => {
  const [outcome] = await runSeeds([required(seeds[0], 'a seed')], 1, () => undefined);
  const { failures, logFile } = required(outcome, 'the outcome of the run');
  expect({ failures, logFile }).toEqual({ failures: [], logFile });
});
