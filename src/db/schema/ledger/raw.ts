/** What the chain said: blocks, logs and answers to reads, and whom they are of. */
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import { blockNumber, bytes, bytesArray, chainId, instant, uint256, type JsonValue } from '../columns.ts';
import { ledger, now } from './schema.ts';

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
    // Hashes are only ever asked for whole, and come in no order: a hash index is half of a B-tree.
    index('logs_transaction_hash_index').using('hash', table.transactionHash),
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
