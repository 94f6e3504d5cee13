/**
 * Queries of the journal take time proportional to its entries, even right after a bulk insert. Before the next autovacuum the planner has
 * no statistics about them, and must not choose a plan with quadratic cost.
 */
import type { PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storedTable } from '../../../src/engine/store/stored-table.ts';
import { undoAfter } from '../../../src/engine/store/undo.ts';
import { chainId } from '../ledger/chain-values.ts';
import { type LedgerDatabase, openLedgerDatabase } from '../ledger/database.ts';

let database: LedgerDatabase;

beforeAll(async () => {
  database = await openLedgerDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const entries = 20_000;
const entriesOfRow = 2;
const blocks = 400;

const standingChanges = `ledger.standing_changes
  where chain_id = ${chainId} and block_number between 0 and ${blocks} and table_id = ${storedTable('tokenBalances').id}`;

/**
 * Changes of one value in rows that do not exist, which queries of the journal alone do not notice. Run in a transaction, so that
 * autovacuum cannot analyze the table.
 */
async function enterChanges(client: PoolClient): Promise<void> {
  await client.query('select ledger.ensure_partitions($1, $2)', [chainId, blocks]);
  await client.query(
    `insert into ledger.journal (chain_id, block_number, table_id, row_id, operation, log_index, cause, before)
     select $1, 1 + number % $2, $3, md5((number / $4)::text)::uuid, 'U', 0, 0, jsonb_build_object('balance', number::text)
     from generate_series(0, $5 - 1) as number`,
    [chainId, blocks, storedTable('tokenBalances').id, entriesOfRow, entries],
  );
  // About fifty times the usual duration. A bad plan takes ten times as long again.
  await client.query(`set local statement_timeout = '5s'`);
}

describe('a journal without statistics', () => {
  it('the entries in force are determined quickly', async () => {
    await database.undone(async (client) => {
      await enterChanges(client);
      const { rows } = await client.query<{ standing: number }>(
        `select count(*)::int as standing from ${standingChanges}`,
      );
      expect(rows).toEqual([{ standing: entries }]);
    });
  });

  it('reverting entries are looked up by row, never by block', async () => {
    await database.undone(async (client) => {
      await enterChanges(client);
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain select from ${standingChanges}`);
      const plan = rows.map((row) => row['QUERY PLAN']);
      const takenBack = plan.slice(plan.findIndex((line) => line.includes(' taken_back ')));
      expect(takenBack.join('\n')).toContain('row_id');
      expect(takenBack.filter((line) => line.includes('chain_id_block_number_idx'))).toEqual([]);
    });
  });

  it('an undo is quick, and so is an undo after a second fold', async () => {
    await database.undone(async (client) => {
      await enterChanges(client);
      const missing = { rowsMayBeMissing: true };
      expect(await undoAfter(client, chainId, 0, missing)).toEqual({
        removed: 0,
        restored: entries / entriesOfRow,
      });
      expect(await undoAfter(client, chainId, 0, missing)).toEqual({ removed: 0, restored: 0 });
    });
  });
});
