/** All values that a contract can have must be storable and indexable, and must be read back unchanged. */
import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { eq, getTableColumns, getTableName, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { maximumInstantSeconds } from '../../src/db/codecs.ts';
import { type Database, openDatabase } from '../support/drizzle.ts';
import { createMigratedDatabase, type TestDatabase } from '../support/postgres.ts';
import { type Filling, fillRow, tablesInOrder } from './rows.ts';

const largest = 2n ** 256n - 1n;
const believable: Filling = {
  text: 'Café 北京',
  amount: 1_500_000_000_000_000_000n,
  instant: 1_700_000_000n,
};

/** Base64 of random bytes, so that neither TOAST's compression nor a B-tree's deduplication makes it small. */
function incompressible(length: number): string {
  return randomBytes(length).toString('base64').slice(0, length);
}

/** Random characters of four UTF-8 bytes each. */
function astral(length: number): string {
  return String.fromCodePoint(...Array.from(randomBytes(length), (byte) => 0x10000 + byte));
}

const fillings: readonly (readonly [string, Filling])[] = [
  ['believable values', believable],
  [
    '2^256 - 1 in every number, the last second of the calendar',
    { text: 'the most', amount: largest, instant: maximumInstantSeconds },
  ],
  ['zero in every number, empty texts', { text: '', amount: 0n, instant: 0n }],
  ['10 KB of incompressible text', { ...believable, amount: 3n, text: incompressible(10_000) }],
  ['1 MB of incompressible text', { ...believable, amount: 4n, text: incompressible(1_000_000) }],
  [
    '1 MB of short words',
    { ...believable, amount: 5n, text: incompressible(1_000_000).replaceAll(/[A-M+/]/g, ' ') },
  ],
  ['10 KB of characters of four bytes', { ...believable, amount: 6n, text: astral(2_500) }],
  [
    'quotes, escapes, controls',
    { ...believable, amount: 7n, text: `'";--\\ \u0001\u007f\t\r\n{}$1 \\x00 %s \u202e\u{10ffff}` },
  ],
];

/** Names the values that differ. An assertion on the values would print megabytes. */
function differences(
  table: string,
  given: Record<string, unknown>,
  stored: Record<string, unknown>,
): string[] {
  return Object.keys(given)
    .filter((column) => !isDeepStrictEqual(given[column], stored[column]))
    .map((column) => `${table}.${column}`);
}

let testDatabase: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDatabase = await createMigratedDatabase();
  database = openDatabase({
    connectionString: testDatabase.url,
    applicationName: 'test',
    onConnectionError: () => undefined,
  });
  // The rows' numbers are also their chain ids and block numbers.
  await database.db.execute(
    sql`select ledger.ensure_partitions(number, number) from generate_series(0, 20) as number`,
  );
});

afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

describe('every column of every table', () => {
  it.each(fillings.map(([name, filling], index) => [name, filling, index + 1] as const))(
    'every column stores %s',
    async (_name, filling, number) => {
      const rows = new Map<PgTable, Record<string, unknown>>();
      const differing: string[] = [];
      for (const table of tablesInOrder()) {
        const row = fillRow(table, rows, number, filling);
        const [stored] = await database.db.insert(table).values(row).returning();
        if (stored === undefined) throw new Error(`nothing stored in ${getTableName(table)}`);
        rows.set(table, stored);
        differing.push(...differences(getTableName(table), row, stored));
      }
      // The one column that a trigger normalizes.
      expect(differing.filter((column) => column !== 'compliance_standards.standardCode')).toEqual([]);
    },
  );

  it('every column can be changed to 1 MB of incompressible text', async () => {
    const text = incompressible(1_000_000);
    for (const table of tablesInOrder()) {
      const columns = Object.values<PgColumn>(getTableColumns<PgTable>(table));
      const id = columns.find((column) => column.name === 'id');
      const row = fillRow(table, new Map(), 1, { ...believable, text });
      const texts = Object.fromEntries(
        // A different code would make a different standard, to which rows refer.
        Object.entries(row).filter(([column, value]) => value === text && column !== 'standardCode'),
      );
      if (id === undefined || Object.keys(texts).length === 0) continue;
      const [first] = await database.db.select({ id }).from(table).limit(1);
      await database.db.transaction(async (transaction) => {
        // Some tables are append-only without their owner's permission.
        await transaction.execute(sql`set local tracechain.maintenance = 'on'`);
        await transaction.update(table).set(texts).where(eq(id, first?.id));
      });
    }
    const { rows } = await database.db.execute<{ length: number }>(
      sql`select max(length(product_name)) as length from products`,
    );
    expect(rows[0]?.length).toBe(1_000_000);
  });
});
