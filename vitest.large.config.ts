import { defineConfig } from 'vitest/config';
import { largeTests, propertyTests } from './vitest.config.ts';

/** Tests that take minutes, one file at a time. */
export default defineConfig({
  test: {
    include: [...largeTests, ...propertyTests],
    env: { TEST_RUNS: 'many' },
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/register.ts'],
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    pool: 'forks',
    maxWorkers: 1,
    reporters: ['default', './test/support/summary-reporter.ts'],
  },
});
