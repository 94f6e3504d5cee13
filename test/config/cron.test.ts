import { expect, test } from 'vitest';
import { isCronExpression } from '../../src/config/values.ts';

test.each([
  '* * * * *',
  '0 0 1 1 0',
  '59 23 31 12 7',
  ' */5  0-12/3 1,15 * 1-5 ',
  '01 02 03 04 05',
  '5/10 * * * *',
])('%j is a cron expression', (text) => {
  expect(isCronExpression(text)).toBe(true);
});

test.each([
  '',
  '* * * *',
  '* * * * * *',
  '@daily',
  '60 * * * *',
  '* 24 * * *',
  '* * 0 * *',
  '* * * 13 *',
  '* * * * 8',
  '5-1 * * * *',
  '*/0 * * * *',
  '1, * * * *',
  '-1 * * * *',
  '* * * JAN *',
  '* * * * MON',
  '* * L * *',
  '? * * * *',
  // A date that never comes.
  '0 0 30 2 *',
])('%j is no cron expression', (text) => {
  expect(isCronExpression(text)).toBe(false);
});
