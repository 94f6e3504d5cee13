/**
 * The raw side: what the chain said, how far it has been taken in, and what the projection did with it. Hashes and
 * addresses are bytes here: half the size of hex, and most of these tables are keys.
 */
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  char,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  smallint,
  text,
  unique,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import {
  blockNumber,
  bytes,
  bytesArray,
  chainId,
  instant,
  type JsonValue,
  uint256,
  uuidRef,
} from './columns.ts';

export const ledger = pgSchema('ledger');

const now = sql`now()`;

/** A chain that this database follows; its genesis tells it from another behind the same URL. */
export const ledgerChains = ledger.table('chains', {
  chainId: chainId().primaryKey(),
  genesisHash: bytes('genesis_hash').notNull(),
  firstSeenAt: instant('first_seen_at').notNull().default(now),
  headNumber: blockNumber('head_number'),
  headHash: bytes('head_hash'),
  finalNumber: blockNumber('final_number'),
  finalHash: bytes('final_hash'),
  /** What the node was found to be able to do. */
  capabilities: jsonb('capabilities')
    .$type<JsonValue>()
    .notNull()
    .default(sql`'{}'::jsonb`),
  completenessLevel: text('completeness_level'),
  /** Set when writing stopped until a person decides, with the reason. */
  latchedAt: instant('latched_at'),
  latchReason: text('latch_reason'),
  latchDetail: jsonb('latch_detail').$type<JsonValue>(),
});

/** Every block that was taken in, the orphaned ones included: nothing is deleted by a reorg. */
export const ledgerBlocks = ledger.table(
  'blocks',
  {
    chainId: chainId().notNull(),
    number: blockNumber('number').notNull(),
    hash: bytes('hash').notNull(),
    parentHash: bytes('parent_hash').notNull(),
    /** Unix seconds, as the header has them. */
    timestamp: uint256('timestamp').notNull(),
    receiptsRoot: bytes('receipts_root'),
    stateRoot: bytes('state_root'),
    isCanonical: boolean('is_canonical').notNull().default(true),
    /** The completeness level that this block's logs were proven to. */
    completeness: text('completeness').notNull(),
    logCount: integer('log_count').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.chainId, table.number, table.hash] }),
    uniqueIndex('blocks_canonical_key')
      .on(table.chainId, table.number)
      .where(sql`is_canonical`),
    index('blocks_hash_index').on(table.chainId, table.hash),
  ],
);

/** The raw logs of the indexed contracts. Whether one is canonical is its block's to say. */
export const ledgerLogs = ledger.table(
  'logs',
  {
    chainId: chainId().notNull(),
    blockNumber: blockNumber().notNull(),
    blockHash: bytes('block_hash').notNull(),
    logIndex: integer('log_index').notNull(),
    transactionIndex: integer('transaction_index').notNull(),
    transactionHash: bytes('transaction_hash').notNull(),
    address: bytes('address').notNull(),
    topics: bytesArray('topics').notNull(),
    data: bytes('data').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.chainId, table.blockNumber, table.blockHash, table.logIndex] }),
    index('logs_transaction_hash_index').on(table.chainId, table.transactionHash),
  ],
);

/** What contracts answered at a block, and transactions whose calldata had to do instead: replay asks no node. */
export const ledgerReads = ledger.table(
  'reads',
  {
    chainId: chainId().notNull(),
    blockNumber: blockNumber().notNull(),
    blockHash: bytes('block_hash').notNull(),
    /** SHA-256 of the request's canonical encoding. */
    requestKey: bytes('request_key').notNull(),
    /** 0: a call; 1: a transaction. */
    kind: smallint('kind').notNull(),
    /** The contract that was called; empty for a transaction. */
    target: bytes('target').notNull(),
    /** The calldata, or the transaction's hash. */
    request: bytes('request').notNull(),
    /** 0: answered; 1: reverted; 2: over the size cap; 3: unavailable. */
    status: smallint('status').notNull(),
    result: bytes('result'),
    /** The size of the whole answer, also of one that wasn't kept. */
    resultBytes: bigint('result_bytes', { mode: 'number' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.chainId, table.blockNumber, table.blockHash, table.requestKey] })],
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

/** The contracts that are indexed, and how each came to be. */
export const ledgerContracts = ledger.table(
  'contracts',
  {
    chainId: chainId().notNull(),
    address: bytes('address').notNull(),
    kind: text('kind').notNull(),
    startBlock: blockNumber('start_block').notNull(),
    /** `configuration` or `factory`. */
    source: text('source').notNull(),
    factoryAddress: bytes('factory_address'),
    createdBlockHash: bytes('created_block_hash'),
    createdLogIndex: integer('created_log_index'),
    /** The registry that its product ids mean. */
    registryAddress: bytes('registry_address'),
    addedAt: instant('added_at').notNull().default(now),
  },
  (table) => [primaryKey({ columns: [table.chainId, table.address] })],
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

/** What only a transaction's receipt tells. */
export const ledgerReceipts = ledger.table(
  'receipts',
  {
    chainId: chainId().notNull(),
    blockNumber: blockNumber().notNull(),
    transactionHash: bytes('transaction_hash').notNull(),
    blockHash: bytes('block_hash').notNull(),
    gasUsed: uint256('gas_used').notNull(),
    effectiveGasPrice: uint256('effective_gas_price'),
  },
  (table) => [primaryKey({ columns: [table.chainId, table.transactionHash, table.blockHash] })],
);

/**
 * One entry a changed row and block, of the chain-owned columns only. An update or a delete carries the image before it;
 * an insert only its mark, because the row itself is the image until it changes.
 *
 * The primary key is the order in which an undo reads, so no index serves the sequence alone: each one more is paid for by
 * every changed row.
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
    /** 0: a block; 1: a reorg; 2: a replay; 3: a repair. */
    cause: smallint('cause').notNull(),
    generation: integer('generation').notNull().default(0),
    before: jsonb('before').$type<JsonValue>(),
    recordedAt: instant('recorded_at').notNull().default(now),
  },
  (table) => [
    primaryKey({ columns: [table.chainId, table.blockNumber, table.sequence] }),
    index('journal_row_index').on(table.rowId, table.sequence),
  ],
);

/** Facts about this database as a whole. */
export const ledgerSettings = ledger.table('settings', {
  key: text('key').primaryKey(),
  value: jsonb('value').$type<JsonValue>().notNull(),
});

/** Every run of a maintenance task, by whichever daemon or person. */
export const ledgerMaintenanceRuns = ledger.table(
  'maintenance_runs',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    task: text('task').notNull(),
    /** `schedule` or `command`. */
    startedBy: text('started_by').notNull(),
    startedAt: instant('started_at').notNull().default(now),
    finishedAt: instant('finished_at'),
    /** `succeeded`, `findings`, `failed` or `interrupted`; null while it runs, and after its process was killed. */
    outcome: text('outcome'),
    detail: jsonb('detail').$type<JsonValue>(),
  },
  (table) => [index('maintenance_runs_task_index').on(table.task, table.startedAt.desc().nullsFirst())],
);
