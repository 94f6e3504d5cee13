/** Commands to the leader, and their outcomes. */
import { sql } from 'drizzle-orm';
import { bigint, index, integer, jsonb, primaryKey, text } from 'drizzle-orm/pg-core';
import { column, tableIn } from '../../../db/table.ts';
import { blockNumber, chainId, instant, uuidRef, type JsonValue } from '../../../db/columns.ts';
import { ledger, now } from './schema.ts';

export const ledgerCommands = tableIn(
  ledger,
  'commands',
  'Commands to the leader, such as replays and repairs, with their outcomes.',
  {
    columns: {
      id: column(
        uuidRef('id')
          .primaryKey()
          .default(sql`gen_random_uuid()`),
        'The command.',
      ),
      chainId: column(chainId().notNull(), 'The chain (EIP-155).'),
      name: column(text('name').notNull(), 'The command’s name.'),
      input: column(jsonb('input').$type<JsonValue>().notNull(), 'The command’s input.'),
      requestedBy: column(text('requested_by').notNull(), 'The process that requested it, as process@host.'),
      requestedAt: column(instant('requested_at').notNull().default(now), 'When it was requested.'),
      awaitedAt: column(
        instant('awaited_at').notNull().default(now),
        'When the command line was last seen waiting. The leader starts no command whose command line is gone.',
      ),
      startedAt: column(instant('started_at'), 'When the leader started it; null while it waits.'),
      epoch: column(
        bigint('epoch', { mode: 'number' }),
        'The epoch of the leader that executes it; null while it waits.',
      ),
      progress: column(jsonb('progress').$type<JsonValue>(), 'The progress that the command line shows.'),
      cancelRequestedAt: column(
        instant('cancel_requested_at'),
        'When the command line cancelled it; null if it has not.',
      ),
      finishedAt: column(instant('finished_at'), 'When it ended; null while it runs.'),
      outcome: column(
        text('outcome'),
        'succeeded, failed, cancelled or interrupted; null while it waits or runs.',
      ),
      result: column(jsonb('result').$type<JsonValue>(), 'The result.'),
      error: column(jsonb('error').$type<JsonValue>(), 'The error: code, message, place, fix.'),
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
  'Each replay that changed rows. Its number is the generation of its journal entries.',
  {
    columns: {
      chainId: column(chainId().notNull(), 'The chain (EIP-155).'),
      generation: column(
        integer('generation').notNull(),
        'The number of the replay among those of the chain that changed rows, from 1.',
      ),
      areas: column(text('areas').array().notNull(), 'The areas whose rows were replayed.'),
      fromBlock: column(blockNumber('from_block').notNull(), 'The first replayed block.'),
      toBlock: column(blockNumber('to_block').notNull(), 'The last replayed block, which is final.'),
      changes: column(
        jsonb('changes').$type<JsonValue>().notNull(),
        'By table: rows added, changed and removed, and rows whose history alone changed.',
      ),
      mergedAt: column(instant('merged_at').notNull().default(now), 'When the rows were replaced.'),
    },
  },
  (table) => [primaryKey({ columns: [table.chainId, table.generation] })],
);
