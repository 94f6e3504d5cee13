import { sql } from 'drizzle-orm';
import { bigint, char, index, integer, jsonb, smallint } from 'drizzle-orm/pg-core';
import { blockNumber, chainId, instant, uuidRef, type JsonValue } from '../columns.ts';
import { ledger, now } from './schema.ts';

/**
 * One entry a changed row and block, of the chain-owned columns only. An update or a delete carries the image before it;
 * an insert only its mark, because the row itself is the image until it changes.
 *
 * There is no primary key: the identity is unique by itself, and each index more is paid for by every changed row. With the
 * sequence left out, the entries of a block share one entry of the index.
 */
export const ledgerJournal = ledger.table(
  'journal',
  {
    sequence: bigint('sequence', { mode: 'bigint' }).generatedAlwaysAsIdentity(),
    chainId: chainId().notNull(),
    blockNumber: blockNumber().notNull(),
    /** The table, by its number in src/db/ownership.ts. */
    tableId: smallint('table_id').notNull(),
    rowId: uuidRef('row_id').notNull(),
    operation: char('operation', { length: 1, enum: ['I', 'U', 'D'] }).notNull(),
    /** The last log of the block that changed the row; null where no log did. */
    logIndex: integer('log_index'),
    /** 0: a block. Otherwise the row was taken back to what it was before the block: 1 by a reorg, 2 a replay, 3 a repair. */
    cause: smallint('cause').notNull(),
    generation: integer('generation').notNull().default(0),
    before: jsonb('before').$type<JsonValue>(),
    recordedAt: instant('recorded_at').notNull().default(now),
  },
  (table) => [
    index('journal_block_index').on(table.chainId, table.blockNumber),
    index('journal_row_index').on(table.rowId, table.sequence),
    // Few entries take a row back; each entry that is read asks whether one took it back.
    index('journal_taken_back_index')
      .on(table.rowId, table.blockNumber)
      .where(sql`cause <> 0`),
  ],
);
