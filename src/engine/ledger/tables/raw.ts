/** The data of the chain: blocks, logs, recorded reads, and the chains and contracts that they belong to. */
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
import { column, tableIn } from '../../../db/table.ts';
import {
  blockNumber,
  bytes,
  bytesArray,
  chainId,
  instant,
  uint256,
  type JsonValue,
} from '../../../db/columns.ts';
import { ledger, now } from './schema.ts';

export const ledgerChains = tableIn(
  ledger,
  'chains',
  'A chain that this database indexes. The genesis hash distinguishes it from another chain at the same URL.',
  {
    columns: {
      chainId: column(chainId().primaryKey(), 'The chain (EIP-155).'),
      genesisHash: column(bytes('genesis_hash').notNull(), 'The hash of block 0.'),
      firstSeenAt: column(
        instant('first_seen_at').notNull().default(now),
        'When this database first indexed it.',
      ),
      headNumber: column(blockNumber('head_number'), 'The newest block that the node reported.'),
      headHash: column(bytes('head_hash'), 'Its hash.'),
      finalNumber: column(blockNumber('final_number'), 'The newest final block; it never goes back.'),
      finalHash: column(bytes('final_hash'), 'Its hash.'),
      capabilities: column(
        jsonb('capabilities')
          .$type<JsonValue>()
          .notNull()
          .default(sql`'{}'::jsonb`),
        'The detected capabilities of the node.',
      ),
      completenessLevel: column(
        text('completeness_level'),
        'The completeness level of new blocks: logs, hash, bloom or receipts.',
      ),
      latchedAt: column(
        instant('latched_at'),
        'When writing was halted until the operator decides; null while it is not halted.',
      ),
      latchReason: column(text('latch_reason'), 'Why writing was halted.'),
      latchDetail: column(jsonb('latch_detail').$type<JsonValue>(), 'The blocks that caused the halt.'),
    },
  },
);

export const ledgerBlocks = tableIn(
  ledger,
  'blocks',
  'Every ingested block, including orphaned ones. A reorg deletes nothing.',
  {
    columns: {
      chainId: column(chainId().notNull(), 'The chain (EIP-155).'),
      number: column(blockNumber('number').notNull(), 'The block’s number.'),
      hash: column(bytes('hash').notNull(), 'Its hash.'),
      parentHash: column(bytes('parent_hash').notNull(), 'The hash of the previous block.'),
      /** Unix seconds, as the header has them. */
      timestamp: column(uint256('timestamp').notNull(), 'As the contract has it.'),
      receiptsRoot: column(bytes('receipts_root'), 'The receipts root in the header.'),
      stateRoot: column(bytes('state_root'), 'The state root in the header.'),
      isCanonical: column(
        boolean('is_canonical').notNull().default(true),
        'Whether the block is canonical; false if a reorg has orphaned it.',
      ),
      completeness: column(
        text('completeness').notNull(),
        'Its completeness level: logs, hash, bloom or receipts.',
      ),
      logCount: column(
        integer('log_count').notNull(),
        'The number of logs of indexed contracts in the block.',
      ),
    },
  },
  (table) => [
    primaryKey({ columns: [table.chainId, table.number, table.hash] }),
    uniqueIndex('blocks_canonical_key')
      .on(table.chainId, table.number)
      .where(sql`is_canonical`),
    index('blocks_hash_index').on(table.chainId, table.hash),
  ],
);

export const ledgerLogs = tableIn(
  ledger,
  'logs',
  'Every log of an indexed contract, as the node returned it. Its block states whether it is canonical.',
  {
    columns: {
      chainId: column(chainId().notNull(), 'The chain (EIP-155).'),
      blockNumber: column(blockNumber().notNull(), 'The block.'),
      blockHash: column(bytes('block_hash').notNull(), 'The block’s hash.'),
      logIndex: column(integer('log_index').notNull(), 'The log’s position in its block.'),
      transactionIndex: column(
        integer('transaction_index').notNull(),
        'The transaction’s position in its block.',
      ),
      transactionHash: column(bytes('transaction_hash').notNull(), 'The transaction’s hash.'),
      address: column(bytes('address').notNull(), 'The address.'),
      topics: column(bytesArray('topics').notNull(), 'The log’s topics, the event’s own first.'),
      data: column(bytes('data').notNull(), 'The log’s data.'),
    },
  },
  (table) => [
    primaryKey({ columns: [table.chainId, table.blockNumber, table.blockHash, table.logIndex] }),
    // Queries look up whole hashes, in no order. A hash index has half the size of a B-tree.
    index('logs_transaction_hash_index').using('hash', table.transactionHash),
  ],
);

/** Contract answers at a block, and transactions whose calldata replaced an answer. With them, a replay needs no node. */
export const ledgerReads = tableIn(
  ledger,
  'reads',
  'Recorded reads: the answers of contracts at a block, with which projection and replay need no node.',
  {
    columns: {
      chainId: column(chainId().notNull(), 'The chain (EIP-155).'),
      blockNumber: column(blockNumber().notNull(), 'The block.'),
      blockHash: column(bytes('block_hash').notNull(), 'The block’s hash.'),
      requestKey: column(bytes('request_key').notNull(), 'SHA-256 of the request’s canonical form.'),
      kind: column(smallint('kind').notNull(), '0: a call; 1: a transaction.'),
      /** The called contract, or empty for a transaction. */
      target: column(bytes('target').notNull(), 'The contract that was called.'),
      request: column(bytes('request').notNull(), 'The calldata, or the transaction’s hash.'),
      status: column(
        smallint('status').notNull(),
        '0: answered; 1: reverted; 2: answered, but too large to record; 3: the node no longer has the state.',
      ),
      result: column(bytes('result'), 'The answer; null if there is none or it was too large.'),
      resultBytes: column(
        bigint('result_bytes', { mode: 'number' }).notNull(),
        'The size of the answer in bytes.',
      ),
    },
  },
  (table) => [primaryKey({ columns: [table.chainId, table.blockNumber, table.blockHash, table.requestKey] })],
);

export const ledgerReceipts = tableIn(
  ledger,
  'receipts',
  'Facts from transaction receipts.',
  {
    columns: {
      chainId: column(chainId().notNull(), 'The chain (EIP-155).'),
      blockNumber: column(blockNumber().notNull(), 'The block.'),
      transactionHash: column(bytes('transaction_hash').notNull(), 'The transaction’s hash.'),
      blockHash: column(bytes('block_hash').notNull(), 'The block’s hash.'),
      gasUsed: column(
        uint256('gas_used').notNull(),
        'Gas that the transaction used, from its receipt; filled after finality.',
      ),
      effectiveGasPrice: column(
        uint256('effective_gas_price'),
        'Wei per gas; null if the node does not report it.',
      ),
    },
  },
  (table) => [primaryKey({ columns: [table.chainId, table.transactionHash, table.blockHash] })],
);

export const ledgerContracts = tableIn(
  ledger,
  'contracts',
  'The indexed contracts, with the origin of each.',
  {
    columns: {
      chainId: column(chainId().notNull(), 'The chain (EIP-155).'),
      address: column(bytes('address').notNull(), 'The address.'),
      kind: column(text('kind').notNull(), 'The kind of the contract, as the configuration names it.'),
      startBlock: column(blockNumber('start_block').notNull(), 'The first indexed block of the contract.'),
      source: column(text('source').notNull(), 'configuration or factory.'),
      factoryAddress: column(
        bytes('factory_address'),
        'The factory whose event announced it; null for a configured one.',
      ),
      createdBlockHash: column(bytes('created_block_hash'), 'The block of the factory’s event.'),
      createdLogIndex: column(integer('created_log_index'), 'The log of the factory’s event.'),
      registryAddress: column(bytes('registry_address'), 'The registry that its product ids refer to.'),
      addedAt: column(instant('added_at').notNull().default(now), 'When it was added.'),
    },
  },
  (table) => [primaryKey({ columns: [table.chainId, table.address] })],
);
