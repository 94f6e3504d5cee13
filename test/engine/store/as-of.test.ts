/** Time travel: the rows as of a block equal the rows right after it was projected, regardless of later reorgs. */
import { getTableName } from 'drizzle-orm';
import fc from 'fast-check';
import type { PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chainTable, journaledColumns, type ChainTableName } from '../../../src/engine/tables.ts';
import { asOfRelation } from '../../../src/engine/store/as-of.ts';
import { undoAfter } from '../../../src/engine/store/undo.ts';
import { chainId } from '../ledger/chain-values.ts';
import { type LedgerDatabase, openLedgerDatabase } from '../ledger/database.ts';
import { block, type Block, play } from './play.ts';
import { rowId, tableNames } from './world.ts';
import { runs } from '../../support/runs.ts';

let database: LedgerDatabase;

beforeAll(async () => {
  database = await openLedgerDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

/** The chain-owned columns of a row as PostgreSQL's JSON text, by table and id. */
type Rows = ReadonlyMap<string, string>;

/** Folds some blocks, or undoes some. */
type Step = { readonly fold: readonly Block[] } | { readonly undo: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ fold: fc.array(block, { minLength: 1, maxLength: 2 }) }) },
  { weight: 1, arbitrary: fc.record({ undo: fc.integer({ min: 1, max: 3 }) }) },
);

describe('as of a block', () => {
  it('the rows as of every block equal those right after it, regardless of later undos', async () => {
    const property = fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 6 }), (steps) =>
      database.undone(async (client) => {
        const after: Rows[] = [];
        for (const taken of steps) {
          if ('undo' in taken) {
            after.length = Math.max(after.length - taken.undo, 0);
            await undoAfter(client, chainId, after.length - 1);
            continue;
          }
          // One by one, so that each block's rows can be recorded.
          for (const folded of taken.fold) {
            await play(client, [folded], after.length);
            after.push(await liveRows(client));
          }
        }
        await projectedTo(client, after.length);
        for (const [blockNumber, expected] of after.entries())
          expect(differing(expected, await rowsAsOf(client, blockNumber))).toEqual([]);
      }),
    );
    await fc.assert(property, { numRuns: runs(8, 50), interruptAfterTimeLimit: runs(30_000, 600_000) });
  });
});

describe('the SQL functions', () => {
  const [drawn] = fc.sample(fc.array(block, { minLength: 3, maxLength: 3 }), { numRuns: 1, seed: 7 });

  /** Three blocks, of which the last two change the first one's product. */
  async function prepare(client: PoolClient): Promise<void> {
    const renamed = (productName: string): Block['patched'] => [
      { table: 'products', row: 0, values: { productName } },
    ];
    for (const [number, folded] of (drawn ?? []).entries())
      await play(client, [{ ...folded, patched: number === 0 ? [] : renamed(`name ${number}`) }], number);
    await projectedTo(client, 2);
  }

  it('as-of functions return one row, and need no chain id if there is only one chain', async () => {
    await database.undone(async (client) => {
      await prepare(client);
      await client.query(`insert into ledger.chains (chain_id, genesis_hash) values ($1, '\\x00')`, [
        chainId,
      ]);
      const nameAsOf = async (blockNumber: number) => {
        const { rows } = await client.query<{ row: { product_name: string; changed_block_number: number } }>(
          `select ledger.as_of('products', $1, $2) as row`,
          [blockNumber, rowId('products', 0)],
        );
        return rows.map(({ row }) => [row.product_name, row.changed_block_number]);
      };
      expect(await nameAsOf(1)).toEqual([['name 1', 1]]);
      expect(await nameAsOf(2)).toEqual([['name 2', 2]]);
      await client.query(`insert into ledger.chains (chain_id, genesis_hash) values (1, '\\x01')`);
      await expect(nameAsOf(2)).rejects.toMatchObject({ hint: 'Say which: chain_id => …' });
    });
  });

  it('a condition on the id is pushed down to the rows and the journal', async () => {
    await database.undone(async (client) => {
      await prepare(client);
      const id = rowId('products', 0);
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(
        `explain select * from ${asOfRelation('products', { chainId, blockNumber: 1 })} where id = '${id}'`,
      );
      const plan = rows.map((row) => row['QUERY PLAN']);
      const conditions = plan.filter((line) => line.includes(id));
      expect(conditions.filter((line) => line.includes('(id = '))).toHaveLength(2);
      expect(conditions.filter((line) => line.includes('(row_id = ')).length).toBeGreaterThanOrEqual(2);
      expect(plan.join('\n')).not.toContain('products_as_of');
    });
  });

  it.each([
    ['a table that is not the chain’s', `select ledger.as_of('users', 0, null, 31337)`, '42P01', /products,/],
    [
      'a block that is not projected yet',
      'select * from ledger.products_as_of(31337, 3)',
      '22023',
      /at block 2/,
    ],
    [
      'a chain that is not there',
      'select * from ledger.products_as_of(5, 0)',
      '22023',
      /no rows of that chain/,
    ],
  ])('the as-of functions refuse %s', async (_, query, code, hint) => {
    await database.undone(async (client) => {
      await prepare(client);
      await expect(client.query(query)).rejects.toMatchObject({ code, hint: expect.stringMatching(hint) });
    });
  });
});

describe('retention', () => {
  it('retention leaves a horizon, and brings no undone change back into force', async () => {
    await database.undone(async (client) => {
      const [first, ...rest] = fc.sample(block, { numRuns: 6, seed: 11 });
      if (first === undefined) throw new Error('no blocks were drawn');
      await client.query(`update ledger.settings set value = '2' where key = 'partition_blocks'`);
      await play(client, [first], 0);
      for (const [index, folded] of rest.entries()) await play(client, [folded], index + 1);
      // Block 3 is the second of its partition, and block 4 the first of the next.
      await undoAfter(client, chainId, 2);
      const after: Rows[] = [];
      for (const [index, folded] of rest.slice(0, 3).entries()) {
        await play(client, [folded], index + 3);
        after[index + 3] = await liveRows(client);
      }
      await projectedTo(client, 5);
      await client.query(
        `alter table ledger.journal_${chainId} detach partition ledger.journal_${chainId}_2`,
      );
      expect(await horizon(client)).toBe(3);
      for (const blockNumber of [3, 4, 5])
        expect(differing(after[blockNumber] ?? new Map(), await rowsAsOf(client, blockNumber))).toEqual([]);
      await expect(rowsAsOf(client, 2)).rejects.toMatchObject({
        code: '22023',
        hint: expect.stringContaining('ask for block 3'),
      });
    });
  });
});

async function horizon(client: PoolClient): Promise<number | undefined> {
  const { rows } = await client.query<{ horizon: number }>(
    'select ledger.journal_horizon($1)::float8 as horizon',
    [chainId],
  );
  return rows[0]?.horizon;
}

async function projectedTo(client: PoolClient, blockNumber: number): Promise<void> {
  await client.query(
    `insert into ledger.cursors (chain_id, stream, block_number, epoch) values ($1, 'projection', $2, 0)`,
    [chainId, blockNumber],
  );
}

async function liveRows(client: PoolClient): Promise<Rows> {
  return await rowsOf(client, (name) => `public.${getTableName(chainTable(name).table)}`);
}

async function rowsAsOf(client: PoolClient, blockNumber: number): Promise<Rows> {
  return await rowsOf(client, (name) => asOfRelation(name, { chainId, blockNumber }));
}

async function rowsOf(client: PoolClient, relation: (name: ChainTableName) => string): Promise<Rows> {
  const found = new Map<string, string>();
  for (const name of tableNames) {
    const columns = Object.values(journaledColumns(name)).map((column) => `"${column.name}"`);
    const { rows } = await client.query<{ id: string; image: string }>(
      `select id, to_jsonb(found)::text as image
       from (select ${columns.join(', ')} from ${relation(name)} where chain_id = $1) as found`,
      [chainId],
    );
    for (const { id, image } of rows) found.set(`${name} ${id}`, image);
  }
  return found;
}

/** Names the differences. An assertion on the rows would print megabytes. */
function differing(expected: Rows, found: Rows): string[] {
  const keys = new Set([...expected.keys(), ...found.keys()]);
  return [...keys]
    .filter((key) => expected.get(key) !== found.get(key))
    .map((key) => `${key}: ${expected.get(key)} became ${found.get(key)}`.slice(0, 500));
}
