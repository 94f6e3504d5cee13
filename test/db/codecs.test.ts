import * as fc from 'fast-check';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  decimalToWei,
  instantToText,
  maximumInstantSeconds,
  textToInstant,
  weiToDecimal,
} from '../../src/db/codecs.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

async function ask(expression: string, argument: string): Promise<string | undefined> {
  const { rows } = await client.query<{ answer: string }>(`select ${expression} as answer`, [argument]);
  return rows[0]?.answer;
}

describe('instants', () => {
  const seconds = fc.bigInt({ min: 0n, max: maximumInstantSeconds });

  it('instants denote the same seconds in PostgreSQL, in any time zone', async () => {
    for (const zone of ['UTC', 'Asia/Kathmandu', 'America/St_Johns', 'Africa/Monrovia']) {
      await client.query(`set timezone = '${zone}'`);
      await fc.assert(
        fc.asyncProperty(seconds, async (instant) => {
          const text = instantToText(instant);
          expect(await ask('extract(epoch from $1::timestamptz)::numeric(20,0)::text', text)).toBe(
            String(instant),
          );
          expect(textToInstant((await ask('$1::timestamptz::text', text)) ?? '')).toBe(instant);
        }),
      );
    }
    await client.query('reset timezone');
  });

  it('instants extend to the last second of PostgreSQL’s calendar and not beyond', async () => {
    expect(instantToText(maximumInstantSeconds)).toBe('294276-12-31 23:59:59+00');
    expect(textToInstant('294276-12-31 23:59:59.999999+00')).toBe(maximumInstantSeconds);
    expect(
      await ask(`($1::timestamptz + interval '999999 microseconds')::text`, '294276-12-31 23:59:59+00'),
    ).toBe('294276-12-31 23:59:59.999999+00');
    expect(() => instantToText(maximumInstantSeconds + 1n)).toThrow(RangeError);
    expect(() => instantToText(-1n)).toThrow(RangeError);
  });

  it.each(['', 'infinity', '-infinity', '0044-03-15 00:00:00+00 BC', '2024-01-01'])('refuse %j', (text) => {
    expect(() => textToInstant(text)).toThrow(RangeError);
  });
});

describe('amounts', () => {
  const amountWei = fc.bigInt({ min: -(2n ** 256n) + 1n, max: 2n ** 256n - 1n });

  it('amounts denote the same number of tokens in PostgreSQL', async () => {
    await fc.assert(
      fc.asyncProperty(amountWei, async (amount) => {
        const text = await ask('$1::numeric(78,18)::text', weiToDecimal(amount));
        expect(decimalToWei(text ?? '')).toBe(amount);
        expect(await ask('($1::numeric(78,18) * 1e18)::numeric(78,0)::text', weiToDecimal(amount))).toBe(
          String(amount),
        );
      }),
    );
  });

  it('amounts show whole tokens before the decimal point', () => {
    expect(weiToDecimal(1_500_000_000_000_000_000n)).toBe('1.500000000000000000');
    expect(weiToDecimal(-1n)).toBe('-0.000000000000000001');
    expect(decimalToWei('7')).toBe(7_000_000_000_000_000_000n);
  });

  it.each(['', '1.', '.5', '1e3', 'NaN', 'Infinity', '0.0000000000000000001'])('refuse %j', (text) => {
    expect(() => decimalToWei(text)).toThrow(RangeError);
  });
});
