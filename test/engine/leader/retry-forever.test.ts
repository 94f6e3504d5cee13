import { pino } from 'pino';
import { expect, test } from 'vitest';
import { NodeError } from '../../../src/engine/rpc/errors.ts';
import { retryForever } from '../../../src/engine/leader/retry-forever.ts';

const fault = new NodeError('nobody there', { kind: 'unreachable', method: 'eth_blockNumber' });

/** The logged pauses before each retry, for work that makes progress in some attempts and fails in all but the last. */
async function pausesOf(steps: readonly number[]): Promise<number[]> {
  const pausesMs: number[] = [];
  const write = (line: string): void => {
    pausesMs.push((JSON.parse(line) as { retryInMs: number }).retryInMs);
  };
  let attempts = 0;
  let reached = 0;
  await retryForever(
    {
      what: 'work',
      signal: new AbortController().signal,
      logger: pino({ level: 'warn' }, { write }),
      longestWaitMs: 500,
      progress: () => reached,
    },
    async () => {
      reached += steps[attempts] ?? 0;
      attempts += 1;
      if (attempts <= steps.length) throw fault;
    },
  );
  return pausesMs;
}

test('pauses grow while the work makes no progress', async () => {
  const [first = 0, , last = 0] = await pausesOf([0, 0, 0]);
  expect(first).toBeLessThanOrEqual(400);
  expect(last).toBe(500);
});

test('pauses start again at the minimum after progress', async () => {
  const pausesMs = await pausesOf([0, 0, 1, 1, 0]);
  expect(pausesMs.slice(2, 4)).toEqual([200, 200]);
  expect(pausesMs[4]).toBeLessThanOrEqual(400);
});

test('an error that is not transient is thrown regardless of progress', async () => {
  let reached = 0;
  const broken = new Error('broken');
  const attempt = async (): Promise<never> => {
    reached += 1;
    throw broken;
  };
  const options = { what: 'work', signal: new AbortController().signal, logger: pino({ level: 'silent' }) };
  await expect(retryForever({ ...options, progress: () => reached }, attempt)).rejects.toBe(broken);
});
