import { configDefaults, defineConfig } from 'vitest/config';

/** Tests that take minutes, and the tests of the benchmark and the simulator: `npm run test:large`. */
export const largeTests = [
  'test/large/**/*.test.ts',
  'test/bench/**/*.test.ts',
  'test/simulator/runs.test.ts',
];

/** Properties of which `npm run test:large` tries many more cases than `npm test`: see test/support/runs.ts. */
export const propertyTests = [
  'test/engine/replay/past.test.ts',
  'test/engine/store/as-of.test.ts',
  'test/engine/store/round-trip.test.ts',
  'test/engine/ledger/blocks.test.ts',
  'test/db/seed/analytics.test.ts',
];

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
          exclude: [...configDefaults.exclude, ...largeTests],
          globalSetup: ['test/support/global-setup.ts'],
          setupFiles: ['test/support/register.ts'],
          // For what hangs: a busy machine takes several times as long as an idle one, and nothing is measured by it.
          testTimeout: 240_000,
          hookTimeout: 240_000,
          expect: { poll: { timeout: 120_000 } },
          // Most of these tests wait for a daemon, a database or a node half of their time: on two cores three take a fifth less than two.
          maxWorkers: 3,
        },
      },
    ],
  },
});
