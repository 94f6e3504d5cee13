/** How far ingest and projection are, who writes, and what stands in their way. */
import { sql } from 'drizzle-orm';
import { bigint, index, integer, primaryKey, text, unique } from 'drizzle-orm/pg-core';
import { blockNumber, bytes, chainId, instant, uuidRef } from '../columns.ts';
import { ledger, now } from './schema.ts';

/** How far a stream is: `ingest` in the chain, `projection` in the ledger. */
export const ledgerCursors = ledger.table(
  'cursors',
  {
    chainId: chainId().notNull(),
    stream: text('stream').notNull(),
    blockNumber: blockNumber().notNull(),
    blockHash: bytes('block_hash'),
    /** The leadership under which it was moved. */
    epoch: bigint('epoch', { mode: 'number' }).notNull(),
    updatedAt: instant('updated_at').notNull().default(now),
  },
  (table) => [primaryKey({ columns: [table.chainId, table.stream] })],
);

/** Which ranges have been taken in, and how completely. */
export const ledgerCoverage = ledger.table(
  'coverage',
  {
    chainId: chainId().notNull(),
    fromBlock: blockNumber('from_block').notNull(),
    toBlock: blockNumber('to_block').notNull(),
    completeness: text('completeness').notNull(),
  },
  (table) => [primaryKey({ columns: [table.chainId, table.fromBlock] })],
);

/** A stream that stands still because of an error, until a person acts. */
export const ledgerParked = ledger.table(
  'parked',
  {
    chainId: chainId().notNull(),
    stream: text('stream').notNull(),
    blockNumber: blockNumber().notNull(),
    blockHash: bytes('block_hash'),
    logIndex: integer('log_index'),
    errorCode: text('error_code').notNull(),
    error: text('error').notNull(),
    attempts: integer('attempts').notNull(),
    parkedAt: instant('parked_at').notNull().default(now),
  },
  (table) => [primaryKey({ columns: [table.chainId, table.stream] })],
);

/** Logs that couldn't be decoded or folded: kept out of the rows, never lost, tried again when the code changes. */
export const ledgerQuarantine = ledger.table(
  'quarantine',
  {
    id: uuidRef('id')
      .primaryKey()
      .default(sql`gen_random_uuid()`),
    chainId: chainId().notNull(),
    blockNumber: blockNumber().notNull(),
    blockHash: bytes('block_hash').notNull(),
    logIndex: integer('log_index').notNull(),
    transactionHash: bytes('transaction_hash').notNull(),
    address: bytes('address').notNull(),
    area: text('area').notNull(),
    /** `decode` or `fold`. */
    stage: text('stage').notNull(),
    errorCode: text('error_code').notNull(),
    reason: text('reason').notNull(),
    eventName: text('event_name'),
    createdAt: instant('created_at').notNull().default(now),
    resolvedAt: instant('resolved_at'),
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

/** Logs of indexed contracts with a topic that no ABI of ours has, counted. `topic0` is empty for a log without. */
export const ledgerUnknownTopics = ledger.table(
  'unknown_topics',
  {
    chainId: chainId().notNull(),
    address: bytes('address').notNull(),
    topic0: bytes('topic0').notNull(),
    count: bigint('count', { mode: 'number' }).notNull(),
    firstBlock: blockNumber('first_block').notNull(),
    lastBlock: blockNumber('last_block').notNull(),
  },
  (table) => [primaryKey({ columns: [table.chainId, table.address, table.topic0] })],
);

/** Which version of an area's projection made its rows; `stale_from` asks for a replay from that block on. */
export const ledgerProjectionVersions = ledger.table(
  'projection_versions',
  {
    chainId: chainId().notNull(),
    area: text('area').notNull(),
    version: integer('version').notNull(),
    staleFrom: blockNumber('stale_from'),
  },
  (table) => [primaryKey({ columns: [table.chainId, table.area] })],
);

/** The one writer of a chain. Every writing transaction locks this row `FOR SHARE` and checks its epoch. */
export const ledgerLeaders = ledger.table('leaders', {
  chainId: chainId().primaryKey(),
  epoch: bigint('epoch', { mode: 'number' }).notNull(),
  /** The process's own name, which its database sessions carry: a successor ends those. */
  instance: text('instance').notNull(),
  host: text('host').notNull(),
  pid: integer('pid').notNull(),
  since: instant('since').notNull().default(now),
});

/** The leader's sign of life: a table of its own, or the lock that batches hold on `leaders` would hold it up. */
export const ledgerHeartbeats = ledger.table('heartbeats', {
  chainId: chainId().primaryKey(),
  epoch: bigint('epoch', { mode: 'number' }).notNull(),
  heartbeatAt: instant('heartbeat_at').notNull(),
});
