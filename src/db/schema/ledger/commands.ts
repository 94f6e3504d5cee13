/** What a person asked of the leader, and what became of it. */
import { sql } from 'drizzle-orm';
import { bigint, index, integer, jsonb, primaryKey, text } from 'drizzle-orm/pg-core';
import { blockNumber, chainId, instant, uuidRef, type JsonValue } from '../columns.ts';
import { ledger, now } from './schema.ts';

/** A command that writes: asked for by a command line, executed by the one that leads the chain. */
export const ledgerCommands = ledger.table(
  'commands',
  {
    id: uuidRef('id')
      .primaryKey()
      .default(sql`gen_random_uuid()`),
    chainId: chainId().notNull(),
    name: text('name').notNull(),
    input: jsonb('input').$type<JsonValue>().notNull(),
    /** `process@host` of the command line. */
    requestedBy: text('requested_by').notNull(),
    requestedAt: instant('requested_at').notNull().default(now),
    /** When the command line was last seen waiting: nothing is begun for one that has gone. */
    awaitedAt: instant('awaited_at').notNull().default(now),
    startedAt: instant('started_at'),
    /** The leadership under which it was started. */
    epoch: bigint('epoch', { mode: 'number' }),
    progress: jsonb('progress').$type<JsonValue>(),
    cancelRequestedAt: instant('cancel_requested_at'),
    finishedAt: instant('finished_at'),
    /** `succeeded`, `failed`, `cancelled` or `interrupted`; null while it waits or runs. */
    outcome: text('outcome'),
    result: jsonb('result').$type<JsonValue>(),
    error: jsonb('error').$type<JsonValue>(),
  },
  (table) => [
    index('commands_open_index')
      .on(table.chainId, table.requestedAt)
      .where(sql`finished_at is null`),
  ],
);

/** Each replay that changed rows; its number is the generation that its entries in the journal carry. */
export const ledgerReplays = ledger.table(
  'replays',
  {
    chainId: chainId().notNull(),
    generation: integer('generation').notNull(),
    /** The areas whose rows it made again. */
    areas: text('areas').array().notNull(),
    /** The first block that was folded again. */
    fromBlock: blockNumber('from_block').notNull(),
    /** The last one: a final block. */
    toBlock: blockNumber('to_block').notNull(),
    /** Rows added, changed and removed, and rows of which only the history changed, by table. */
    changes: jsonb('changes').$type<JsonValue>().notNull(),
    mergedAt: instant('merged_at').notNull().default(now),
  },
  (table) => [primaryKey({ columns: [table.chainId, table.generation] })],
);
