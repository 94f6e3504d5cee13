import { mergeConfig } from 'vitest/config';
import small from './vitest.config.ts';

/** What takes minutes: the same surroundings, other files, one at a time. */
const large = mergeConfig(small, { test: { testTimeout: 1_800_000, hookTimeout: 1_800_000, maxWorkers: 1 } });
large.test.include = ['test/large/**/*.test.ts'];
large.test.exclude = [];

export default large;
