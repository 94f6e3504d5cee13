/** The benchmark at its smallest size: it runs, verifies its result, and prints the documented output. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const timeoutMs = 180_000;

it('a backfill prints its figures as one JSON object', { timeout: timeoutMs }, async () => {
  const figures = await bench('backfill', '--events', '200');
  expect(figures).toMatchObject({ mode: 'backfill', chain: 'token', events: 203 });
  const measured = [
    'seconds',
    'eventsPerSecond',
    'floorSeconds',
    'daemonCpuSeconds',
    'peakRssMb',
    'rpcRequests',
  ];
  for (const name of [...measured, 'databaseMb', 'postgresCpuSeconds', 'nodeCpuSeconds', 'floorRatio'])
    expect.soft(figures, name).toHaveProperty(name, expect.any(Number));
});

async function bench(...words: readonly string[]): Promise<object> {
  const { stdout } = await promisify(execFile)(process.execPath, [main, ...words, '--json'], {
    timeout: timeoutMs,
  });
  const answer: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  if (typeof answer !== 'object' || answer === null) throw new TypeError('the last line is no object');
  return answer;
}
