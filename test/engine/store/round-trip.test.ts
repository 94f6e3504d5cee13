/**
 * Two invariants of the store: saved rows are loaded as the fold held them, and restoring the journal's images from the newest block to the
 * oldest yields the earlier rows.
 */
import { isDeepStrictEqual } from 'node:util';
import { getTableName } from 'drizzle-orm';
import fc from 'fast-check';
import type { PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chainTable } from '../../../src/engine/tables.ts';
import type { Uuid } from '../../../src/primitives/ids.ts';
import type { LoadedRow } from '../../../src/engine/projection/rows.ts';
import { loadRows } from '../../../src/engine/store/load.ts';
import { chainId } from '../ledger/chain-values.ts';
import { type LedgerDatabase, openLedgerDatabase } from '../ledger/database.ts';
import { type Block, block, keyOf, play, type Snapshot } from './play.ts';
import { newRows, patches, tableNames, type Values, wantEverything } from './world.ts';
import { runs } from '../../support/runs.ts';

let database: LedgerDatabase;

beforeAll(async () => {
  database = await openLedgerDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

function snapshotOf(loaded: readonly LoadedRow[]): Snapshot {
  return new Map(loaded.map(({ table, row }) => [keyOf(table, row['id'] as Uuid), row]));
}

/** Names the values that differ. An assertion on the rows would print megabytes. */
function differences(expected: Snapshot, found: Snapshot): string[] {
  const missing = [...expected.keys()].filter((key) => !found.has(key)).map((key) => `${key} is missing`);
  const surplus = [...found.keys()].filter((key) => !expected.has(key)).map((key) => `${key} is too many`);
  const changed = [...expected].flatMap(([key, row]) => differing(row, found.get(key) ?? row, key));
  return [...missing, ...surplus, ...changed];
}

/** The parts of two documents that differ, so that a long document does not hide them. */
function differing(left: unknown, right: unknown, path: string): string[] {
  if (isDeepStrictEqual(left, right)) return [];
  if (!isDocument(left) || !isDocument(right)) return [`${path}: ${shown(left)} became ${shown(right)}`];
  return Object.keys({ ...left, ...right }).flatMap((key) =>
    differing(left[key], right[key], `${path}[${JSON.stringify(key)}]`),
  );
}

function isDocument(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Buffer.isBuffer(value);
}

function shown(value: unknown): string {
  return (
    JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part))?.slice(
      0,
      200,
    ) ?? 'nothing'
  );
}

describe('saved rows', () => {
  it('saved rows are loaded as the fold held them, and undone block by block', async () => {
    const property = fc.asyncProperty(
      fc.array(fc.array(block, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 3 }),
      (batches) =>
        database.undone(async (client) => {
          const states: { next: number; rows: Snapshot }[] = [{ next: 0, rows: new Map() }];
          let next = 0;
          for (const blocks of batches) {
            const held = await play(client, blocks, next);
            next += blocks.length;
            expect(differences(held, await load(client, next))).toEqual([]);
            states.push({ next, rows: held });
          }
          for (const earlier of states.slice(0, -1).toReversed()) {
            while (next > earlier.next) {
              next -= 1;
              await undoBlock(client, next);
            }
            expect(differences(earlier.rows, await load(client, batches.flat().length))).toEqual([]);
          }
        }),
    );
    await fc.assert(property, { numRuns: runs(8, 50), interruptAfterTimeLimit: runs(30_000, 600_000) });
  });

  it('every table stores 1 MB of text', async () => {
    await database.undone(async (client) => {
      const long = '\\"\t\u{1f9ea}é'.repeat(110_000);
      const [drawn] = fc.sample(newRows, { numRuns: 1, seed: 1 });
      const inserted = Object.fromEntries(
        Object.entries(drawn ?? {}).map(([table, values]) => [table, withLongText(values, long)]),
      );
      const held = await play(client, [{ inserted: inserted as Block['inserted'], patched: [] }], 0);
      expect(differences(held, await load(client, 1))).toEqual([]);
    });
  });
});

describe('an image in the journal', () => {
  it('an image in the journal equals to_jsonb of the previous row', async () => {
    const property = fc.asyncProperty(
      newRows,
      fc.array(patches, { minLength: 20, maxLength: 40 }),
      (inserted, patched) =>
        database.undone(async (client) => {
          await play(client, [{ inserted, patched: [] }], 0);
          const before = await jsonOf(client);
          await play(client, [{ inserted, patched: patched.map((patch) => ({ ...patch, row: 0 })) }], 1);
          const { rows } = await client.query<{ row_id: string; before: string; image: string }>(
            `select row_id, before::text,
                  (select jsonb_object_agg(key, value) from jsonb_each(row.image)
                   where journal.before ? key)::text as image
           from ledger.journal
           join unnest($1::uuid[], $2::jsonb[]) as row (id, image) on id = row_id
           where operation = 'U' and before <> '{}'`,
            [before.map(({ id }) => id), before.map(({ image }) => image)],
          );
          for (const row of rows) expect(row.before).toBe(row.image);
        }),
    );
    await fc.assert(property, { numRuns: runs(6, 50), interruptAfterTimeLimit: runs(30_000, 600_000) });
  });
});

async function load(client: PoolClient, count: number): Promise<Snapshot> {
  return snapshotOf(await loadRows(client, wantEverything(count), chainId));
}

/** Undoes one block by its journal entries: restores images, then deletes inserted rows, children first. */
async function undoBlock(client: PoolClient, number: number): Promise<void> {
  for (const name of tableNames.toReversed()) {
    const { id, table } = chainTable(name);
    const { rows } = await client.query<{
      row_id: string;
      operation: 'I' | 'U';
      columns: string[] | null;
      before: string;
    }>(
      `select row_id, operation, before::text,
              (select array_agg(key) from jsonb_object_keys(coalesce(before, '{}')) as key) as columns
       from ledger.journal where chain_id = $1 and block_number = $2 and table_id = $3`,
      [chainId, number, id],
    );
    for (const { row_id: rowIdText, operation, columns, before } of rows) {
      if (operation === 'I')
        await client.query(`delete from ${getTableName(table)} where id = $1`, [rowIdText]);
      else if (columns !== null) {
        const assignments = columns.map((column) => `"${column}" = image."${column}"`);
        await client.query(
          `update ${getTableName(table)} as undone set ${assignments.join(', ')}
           from jsonb_populate_record(null::${getTableName(table)}, $2::jsonb) as image where undone.id = $1`,
          [rowIdText, before],
        );
      }
    }
  }
  await client.query(`set local tracechain.maintenance = 'on'`);
  await client.query('delete from ledger.journal where chain_id = $1 and block_number = $2', [
    chainId,
    number,
  ]);
}

/** Every row as PostgreSQL's JSON text, so that no number is rounded. */
async function jsonOf(client: PoolClient): Promise<{ id: string; image: string }[]> {
  const found: { id: string; image: string }[] = [];
  for (const name of tableNames) {
    const { rows } = await client.query<{ id: string; image: string }>(
      `select id, to_jsonb(found)::text as image from ${getTableName(chainTable(name).table)} as found`,
    );
    found.push(...rows);
  }
  return found;
}

/** Makes the first text that a contract chose long. The program's own names, addresses and decimals stay. */
function withLongText(values: Values, long: string): Values {
  const chosen = Object.entries(values).find(
    ([, value]) => typeof value === 'string' && !/^(?:0x.*|-?[0-9.]+|one|two|[a-z_]{3,})$/.test(value),
  );
  return chosen === undefined ? values : { ...values, [chosen[0]]: long };
}
