import { afterEach, expect, test } from 'vitest';
import { parseBlockOrTime } from '../../src/cli/arguments.ts';

const { TZ } = process.env;

afterEach(() => {
  if (TZ === undefined) delete process.env['TZ'];
  else process.env['TZ'] = TZ;
});

test.for(['UTC', 'America/New_York', 'Pacific/Kiritimati'])(
  'a time without a zone is UTC on a machine in %s',
  (zone) => {
    process.env['TZ'] = zone;
    const expected: Record<string, string | number> = {
      '2026-01-31': '2026-01-31T00:00:00.000Z',
      '2026-01-31T12:30': '2026-01-31T12:30:00.000Z',
      '2026-01-31 12:30:15': '2026-01-31T12:30:15.000Z',
      '2026-01-31T12:30:15.5Z': '2026-01-31T12:30:15.500Z',
      '2026-01-31T12:30+02:00': '2026-01-31T10:30:00.000Z',
      1000: 1000,
    };
    const parsed = Object.keys(expected).map((text) => {
      const block = parseBlockOrTime(text);
      return [text, block instanceof Date ? block.toISOString() : block];
    });
    expect(Object.fromEntries(parsed)).toEqual(expected);
  },
);

test.for([
  '31 January 2026',
  '2026-02-30',
  '2026-01-31T25:00',
  '2026-01-31T12',
  'yesterday',
  '2026-01-31T12:30:15ZZ',
  '2026-01-31T12:30+25:00',
  '-1',
  '',
])('the time %j is refused', (text) => {
  expect(() => parseBlockOrTime(text)).toThrow('ISO 8601');
});
