/** Commands to the leader, and their outcomes. */
import { sql } from 'drizzle-orm';
import { bigint, index, integer, jsonb, primaryKey, text } from 'drizzle-orm/pg-core';
import { column, tableIn } from '../../../db/table.ts';
import { blockNumber, chainId, instant, uuidRef, type JsonValue } from '../../../db/columns.ts';
import { ledger, now } from './schema.ts';

export const ledgerCommands = tableIn(
  ledger,
  'commands',
  'What a person asked of the leader that writes: replays, repairs and the like, each with what became of it.',
  {
    columns: {
      id: column(
        uuidRef('id')
          .primaryKey()
          .default(sql`gen_random_uuid()`),
        'The command.',
      ),
      chainId: column(chainId().notNull(), 'The chain (EIP-155).'),
      name: column(text('name').notNull(), 'What the command is called.'),
      input: column(jsonb('input').$type<JsonValue>().notNull(), 'What it was asked with.'),
      requestedBy: column(text('requested_by').notNull(), 'The process that asked, as process@host.'),
      requestedAt: column(instant('requested_at').notNull().default(now), 'When it was asked for.'),
      awaitedAt: column(
        instant('awaited_at').notNull().default(now),
        'When the command line was last seen waiting: nothing is begun for one that has gone.',
      ),
      startedAt: column(instant('started_at'), 'When the leader began; null while it waits.'),
      epoch: column(
        bigint('epoch', { mode: 'number' }),
        'The leadership that executes it; null while it waits.',
      ),
      progress: column(jsonb('progress').$type<JsonValue>(), 'How far it is, for the command line to show.'),
      cancelRequestedAt: column(
        instant('cancel_requested_at'),
        'When the command line gave it up; null while it waits.',
      ),
      finishedAt: column(instant('finished_at'), 'When it ended; null while it runs.'),
      outcome: column(
        text('outcome'),
        'succeeded, failed, cancelled or interrupted; null while it waits or runs.',
      ),
      result: column(jsonb('result').$type<JsonValue>(), 'What it answered.'),
      error: column(jsonb('error').$type<JsonValue>(), 'What it failed of: code, message, place, fix.'),
    },
  },
  (table) => [
    index('commands_open_index')
      .on(table.chainId, table.requestedAt)
      .where(sql`finished_at is null`),
  ],
);

export const ledgerReplays = tableIn(
  ledger,
  'replays',
  'Each replay that changed rows. Its number is the generation that its entries in the journal carry.',
  {
    columns: {
      chainId: column(chainId().notNull(), 'The chain (EIP-155).'),
      generation: column(
        integer('generation').notNull(),
        'Counts the replays of the chain that changed something, from 1.',
      ),
      areas: column(text('areas').array().notNull(), 'The projections’ areas whose rows were made again.'),
      fromBlock: column(blockNumber('from_block').notNull(), 'The first block that was folded again.'),
      toBlock: column(
        blockNumber('to_block').notNull(),
        'The last block that was folded again: a final one.',
      ),
      changes: column(
        jsonb('changes').$type<JsonValue>().notNull(),
        'Rows added, changed, removed, and rows of which only the history changed, by table.',
      ),
      mergedAt: column(instant('merged_at').notNull().default(now), 'When the rows were replaced.'),
    },
  },
  (table) => [primaryKey({ columns: [table.chainId, table.generation] })],
);
