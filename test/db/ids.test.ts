/** The database generates some ids itself, and src/primitives/ids.ts must compute the same ones. */
import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toAddress } from '../../src/primitives/hex.ts';
import { standardCode, standardId, userId } from '../../src/primitives/ids.ts';
import { storable } from '../../src/primitives/text.ts';
import { createMigratedDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await createMigratedDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

async function ask(expression: string, argument: string): Promise<unknown> {
  const { rows } = await client.query<{ answer: unknown }>(`select ${expression} as answer`, [argument]);
  return rows[0]?.answer;
}

const wallet = fc
  .uint8Array({ minLength: 20, maxLength: 20 })
  .map((bytes) => toAddress(`0x${Buffer.from(bytes).toString('hex')}`));

/** Any text that the database can store, with many characters that the normalization changes, and with lengths around the maximum. */
const spelling = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => storable(text).text),
  fc.string({ unit: fc.constantFrom(...Array.from('aZ9é ßıİ北\t\r\n_./-\u00a0\u2028😀')) }),
  fc.string({ unit: fc.constantFrom('a', 'é', '😀', '-'), minLength: 90, maxLength: 260 }),
);

it('the database and the code compute the same id for a wallet', async () => {
  await fc.assert(
    fc.asyncProperty(wallet, async (address) => {
      expect(await ask('ledger.user_id($1)', address)).toBe(userId(address));
    }),
  );
});

it('the database and the code compute the same code and id for all spellings of a standard', async () => {
  await fc.assert(
    fc.asyncProperty(spelling, async (text) => {
      expect(await ask('ledger.standard_code($1)', text)).toBe(standardCode(text));
      expect(await ask('ledger.standard_id($1)', text)).toBe(standardId(text));
    }),
    { numRuns: 500 },
  );
});

it('a normalized code is unchanged by normalization', async () => {
  await fc.assert(
    fc.asyncProperty(spelling, async (text) => {
      expect(await ask('ledger.standard_code(ledger.standard_code($1))', text)).toBe(standardCode(text));
    }),
  );
});

it('the database and the code compute digests of the same bytes', async () => {
  await fc.assert(
    fc.asyncProperty(spelling, async (text) => {
      expect(await ask(`encode(ledger.text_digest($1), 'hex')`, text)).toBe(
        createHash('sha256').update(text, 'utf8').digest('hex'),
      );
    }),
  );
});

it('the functions do not depend on the search_path', async () => {
  await client.query(
    'create schema other; create function other.sha256(bytea) returns bytea language sql return null::bytea',
  );
  await client.query('set search_path = other, pg_catalog');
  expect(await ask('ledger.standard_id($1)', 'ISO 9001')).toBe(standardId('ISO9001'));
  await client.query('reset search_path');
});
