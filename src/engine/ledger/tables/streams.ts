/** The progress of ingest and projection, the writing leader, and the errors that halt a stream. */
import { sql } from 'drizzle-orm';
import { bigint, index, integer, primaryKey, text, unique } from 'drizzle-orm/pg-core';
import { column, tableIn } from '../../../db/table.ts';
import { blockNumber, bytes, chainId, instant, uuidRef } from '../../../db/columns.ts';
import { ledger, now } from './schema.ts';

export const ledgerCursors = tableIn(
  ledger,
  'cursors',
  'The progress of a stream: ingest on the chain, projection in the ledger.',
  {
    columns: {
      chainId: column(chainId().notNull(), 'The chain (EIP-155).'),
      stream: column(text('stream').notNull(), 'ingest or projection.'),
      blockNumber: column(blockNumber().notNull(), 'The block.'),
      blockHash: column(bytes('block_hash'), 'The block’s hash.'),
      epoch: column(bigint('epoch', { mode: 'number' }).notNull(), 'The epoch under which it was written.'),
      updatedAt: column(
        instant('updated_at').notNull().default(now),
        'When it last changed: the block’s time for a row of the chain.',
      ),
    },
  },
  (table) => [primaryKey({ columns: [table.chainId, table.stream] })],
);

export const ledgerCoverage = tableIn(
  ledger,
  'coverage',
  'The ingested block ranges, with their completeness levels.',
  {
    columns: {
      chainId: column(chainId().notNull(), 'The chain (EIP-155).'),
      fromBlock: column(blockNumber('from_block').notNull(), 'The first block, inclusive.'),
      toBlock: column(blockNumber('to_block').notNull(), 'The last block, inclusive.'),
      completeness: column(
        text('completeness').notNull(),
        'Its completeness level: logs, hash, bloom or receipts.',
      ),
    },
  },
  (table) => [primaryKey({ columns: [table.chainId, table.fromBlock] })],
);

export const ledgerParked = tableIn(
  ledger,
  'parked',
  'A stream that a write error has halted until the operator acts.',
  {
    columns: {
      chainId: column(chainId().notNull(), 'The chain (EIP-155).'),
      stream: column(text('stream').notNull(), 'ingest or projection.'),
      blockNumber: column(blockNumber().notNull(), 'The first block that is not processed.'),
      blockHash: column(bytes('block_hash'), 'The block’s hash.'),
      logIndex: column(integer('log_index'), 'The log’s position in its block.'),
      errorCode: column(text('error_code').notNull(), 'The error’s code.'),
      error: column(text('error').notNull(), 'The error’s message.'),
      attempts: column(integer('attempts').notNull(), 'The number of attempts.'),
      parkedAt: column(instant('parked_at').notNull().default(now), 'When it was first halted.'),
    },
  },
  (table) => [primaryKey({ columns: [table.chainId, table.stream] })],
);

export const ledgerQuarantine = tableIn(
  ledger,
  'quarantine',
  'Logs that failed to decode or fold. They have no effect on rows, and are retried when the code changes.',
  {
    columns: {
      id: column(
        uuidRef('id')
          .primaryKey()
          .default(sql`gen_random_uuid()`),
        'The row’s id, derived from the chain: a rebuild computes the same id.',
      ),
      chainId: column(chainId().notNull(), 'The chain (EIP-155).'),
      blockNumber: column(blockNumber().notNull(), 'The block.'),
      blockHash: column(bytes('block_hash').notNull(), 'The block’s hash.'),
      logIndex: column(integer('log_index').notNull(), 'The log’s position in its block.'),
      transactionHash: column(bytes('transaction_hash').notNull(), 'The transaction’s hash.'),
      address: column(bytes('address').notNull(), 'The address.'),
      area: column(text('area').notNull(), 'The projection’s area.'),
      stage: column(text('stage').notNull(), 'decode or fold.'),
      errorCode: column(text('error_code').notNull(), 'The error’s code.'),
      reason: column(text('reason').notNull(), 'In words.'),
      eventName: column(text('event_name'), 'The event’s name in the ABI; null if it is unknown.'),
      createdAt: column(
        instant('created_at').notNull().default(now),
        'When it came about: the block’s time for a row of the chain.',
      ),
      resolvedAt: column(instant('resolved_at'), 'When it was resolved; null while it is open.'),
    },
  },
  (table) => [
    unique('quarantine_log_key').on(table.chainId, table.blockHash, table.logIndex),
    index('quarantine_open_index')
      .on(table.chainId, table.blockNumber)
      .where(sql`resolved_at is null`),
    index('quarantine_resolved_index')
      .on(table.resolvedAt)
      .where(sql`resolved_at is not null`),
  ],
);

/** Counts logs of indexed contracts with a topic that no known ABI has. `topic0` is empty for a log without topics. */
export const ledgerUnknownTopics = tableIn(
  ledger,
  'unknown_topics',
  'The number of logs of indexed contracts per topic that no known ABI has.',
  {
    columns: {
      chainId: column(chainId().notNull(), 'The chain (EIP-155).'),
      address: column(bytes('address').notNull(), 'The address.'),
      topic0: column(bytes('topic0').notNull(), 'The event’s topic; empty for a log without topics.'),
      count: column(bigint('count', { mode: 'number' }).notNull(), 'How many.'),
      firstBlock: column(blockNumber('first_block').notNull(), 'The first block with such a log.'),
      lastBlock: column(blockNumber('last_block').notNull(), 'The last block with such a log.'),
    },
  },
  (table) => [primaryKey({ columns: [table.chainId, table.address, table.topic0] })],
);

/** The version of an area's projection that made its rows. `stale_from` is the first block that needs a replay. */
export const ledgerProjectionVersions = tableIn(
  ledger,
  'projection_versions',
  'The version of an area’s projection that made its rows.',
  {
    columns: {
      chainId: column(chainId().notNull(), 'The chain (EIP-155).'),
      area: column(text('area').notNull(), 'The projection’s area.'),
      version: column(integer('version').notNull(), 'The projection’s version.'),
      staleFrom: column(blockNumber('stale_from'), 'The first block that needs a replay; null for none.'),
    },
  },
  (table) => [primaryKey({ columns: [table.chainId, table.area] })],
);

/** The single writer of a chain. Every writing transaction locks this row `FOR SHARE` and checks its epoch. */
export const ledgerLeaders = tableIn(
  ledger,
  'leaders',
  'The single writer of a chain. Every writing transaction locks its row and checks its epoch.',
  {
    columns: {
      chainId: column(chainId().primaryKey(), 'The chain (EIP-155).'),
      epoch: column(bigint('epoch', { mode: 'number' }).notNull(), 'The epoch under which it was written.'),
      /** The process's instance name, which its database sessions carry. A successor terminates those sessions. */
      instance: column(
        text('instance').notNull(),
        'The process’s instance name, which its database sessions carry.',
      ),
      host: column(text('host').notNull(), 'The machine.'),
      pid: column(integer('pid').notNull(), 'The process.'),
      since: column(instant('since').notNull().default(now), 'When it acquired the lease.'),
    },
  },
);

/** The leader's heartbeat. It has a table of its own, because the lock that batches hold on `leaders` would delay it. */
export const ledgerHeartbeats = tableIn(
  ledger,
  'heartbeats',
  'The leader’s heartbeat, in a table of its own so that no batch delays it.',
  {
    columns: {
      chainId: column(chainId().primaryKey(), 'The chain (EIP-155).'),
      epoch: column(bigint('epoch', { mode: 'number' }).notNull(), 'The epoch under which it was written.'),
      heartbeatAt: column(instant('heartbeat_at').notNull(), 'The last heartbeat, by the database’s clock.'),
    },
  },
);
