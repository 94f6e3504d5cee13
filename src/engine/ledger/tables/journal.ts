import { sql } from 'drizzle-orm';
import { bigint, char, index, integer, jsonb, smallint } from 'drizzle-orm/pg-core';
import { column, tableIn } from '../../../db/table.ts';
import { blockNumber, chainId, instant, uuidRef, type JsonValue } from '../../../db/columns.ts';
import { ledger, now } from './schema.ts';

/**
 * One entry per changed row and block, with chain-owned columns only. The entry of an update or a delete contains the previous image. The
 * entry of an insert contains no image, because the row itself is the image until it changes.
 *
 * The table has no primary key: the identity column is unique by itself, and each further index costs time for every changed row. Without
 * the sequence number, the entries of a block share one index entry.
 */
export const ledgerJournal = tableIn(
  ledger,
  'journal',
  'One entry per changed row and block, with the chain-owned columns. Undo, as-of and the audit trail read it.',
  {
    columns: {
      sequence: column(
        bigint('sequence', { mode: 'bigint' }).generatedAlwaysAsIdentity(),
        'The order of the entries.',
      ),
      chainId: column(chainId().notNull(), 'The chain (EIP-155).'),
      blockNumber: column(blockNumber().notNull(), 'The block.'),
      tableId: column(smallint('table_id').notNull(), 'The table, by its number in ledger.chain_tables.'),
      rowId: column(uuidRef('row_id').notNull(), 'The row’s id.'),
      operation: column(
        char('operation', { length: 1, enum: ['I', 'U', 'D'] }).notNull(),
        'I: insert; U: update; D: delete.',
      ),
      /** The last log of the block that changed the row, or null if no log did. */
      logIndex: column(integer('log_index'), 'The log’s position in its block.'),
      cause: column(
        smallint('cause').notNull(),
        '0: a block. Otherwise the row was reverted to its state before the block: 1 by a reorg, 2 by a replay, 3 by a repair.',
      ),
      generation: column(
        integer('generation').notNull().default(0),
        'The rebuild that wrote the entry; 0 for the first fold.',
      ),
      before: column(jsonb('before').$type<JsonValue>(), 'The image before the change; null for an insert.'),
      recordedAt: column(instant('recorded_at').notNull().default(now), 'When it was recorded.'),
    },
  },
  (table) => [
    index('journal_block_index').on(table.chainId, table.blockNumber),
    index('journal_row_index').on(table.rowId, table.sequence),
    // Few entries revert a row, but each entry that is read is checked against them.
    index('journal_taken_back_index')
      .on(table.rowId, table.blockNumber)
      .where(sql`cause <> 0`),
  ],
);
