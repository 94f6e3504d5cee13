import { pino } from 'pino';
import { expect, test } from 'vitest';
import { daemonSettings, loadConfiguration } from '../../src/config/index.ts';
import { demoProblems, runDemo } from '../../src/devnet/demo.ts';
import type { DemoSummary } from '../../src/devnet/demo.ts';

async function demo(options: { events?: number; signal?: AbortSignal } = {}): Promise<DemoSummary> {
  const configuration = await loadConfiguration({ named: undefined, environment: {}, folder: '/' });
  return runDemo({
    settingsFor: (parts) => daemonSettings(configuration, parts),
    logger: pino({ level: 'warn' }),
    signal: AbortSignal.timeout(100_000),
    ...options,
  });
}

test(
  'every event of the demo takes effect, and every chain-derived table has rows',
  { timeout: 110_000 },
  async () => {
    const summary = await demo();
    expect(summary.chainEvents).toBeGreaterThanOrEqual(2000);
    expect(summary.projectedEvents).toBe(summary.chainEvents);
    expect(summary.quarantined).toBe(0);
    expect(demoProblems(summary)).toEqual([]);
  },
);

test('the demo’s summary lists its problems', () => {
  const summary = {
    chainEvents: 3,
    projectedEvents: 2,
    quarantined: 1,
    blocks: 1,
    seconds: 1,
    tables: { products: 1, checkpoints: 0 },
  };
  expect(demoProblems(summary)).toEqual([
    '2 of 3 events took effect',
    '1 events are in quarantine',
    'checkpoints have no rows',
  ]);
  expect(demoProblems({ ...summary, projectedEvents: 3, quarantined: 0, tables: { products: 1 } })).toEqual(
    [],
  );
});

test('a cancelled demo leaves no process running', async () => {
  await expect(demo({ signal: AbortSignal.timeout(1500) })).rejects.toMatchObject({ name: 'TimeoutError' });
});
