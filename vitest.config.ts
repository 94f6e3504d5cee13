import { defineConfig } from 'vitest/config';

const simulatorRuns = 'test/simulate/runs.test.ts';

export default defineConfig({
  test: {
    pool: 'forks',
    reporters: ['default', './test/support/summary-reporter.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'suite',
          include: ['test/**/*.test.ts'],
          // Minutes long: `npm run test:large`.
          exclude: ['test/large/**', simulatorRuns],
          globalSetup: ['test/support/global-setup.ts'],
          setupFiles: ['test/support/register.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      // After all others: its daemons are to take over within seconds, and bring servers of their own.
      {
        extends: true,
        test: { name: 'simulator', include: [simulatorRuns], maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
