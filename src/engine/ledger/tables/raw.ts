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
  'A chain that this database follows; its genesis tells it from another behind the same URL.',
  {
    columns: {
      chainId: column(chainId().primaryKey(), 'The chain (EIP-155).'),
      genesisHash: column(bytes('genesis_hash').notNull(), 'The hash of block 0.'),
      firstSeenAt: column(
        instant('first_seen_at').notNull().default(now),
        'When this database first saw it.',
      ),
      headNumber: column(blockNumber('head_number'), 'The newest block that the node told of.'),
      headHash: column(bytes('head_hash'), 'Its hash.'),
      finalNumber: column(blockNumber('final_number'), 'The newest final block; it never goes back.'),
      finalHash: column(bytes('final_hash'), 'Its hash.'),
      capabilities: column(
        jsonb('capabilities')
          .$type<JsonValue>()
          .notNull()
          .default(sql`'{}'::jsonb`),
        'What the node was found to be able to do.',
      ),
      completenessLevel: column(
        text('completeness_level'),
        'How completely blocks are checked: logs, hash, bloom or receipts.',
      ),
      latchedAt: column(
        instant('latched_at'),
        'When writing stopped until a person decides; null while it goes on.',
      ),
      latchReason: column(text('latch_reason'), 'Why it stopped.'),
      latchDetail: column(jsonb('latch_detail').$type<JsonValue>(), 'The blocks at fault.'),
    },
  },
);

export const ledgerBlocks = tableIn(
  ledger,
  'blocks',
  'Every block that was taken in, the orphaned ones included: nothing is deleted by a reorganization.',
  {
    columns: {
      chainId: column(chainId().notNull(), 'The chain (EIP-155).'),
      number: column(blockNumber('number').notNull(), 'The block’s number.'),
      hash: column(bytes('hash').notNull(), 'Its hash.'),
      parentHash: column(bytes('parent_hash').notNull(), 'The hash of the block before.'),
      /** Unix seconds, as the header has them. */
      timestamp: column(uint256('timestamp').notNull(), 'As the contract has it.'),
      receiptsRoot: column(bytes('receipts_root'), 'The root of the receipts’ trie, as the header has it.'),
      stateRoot: column(bytes('state_root'), 'The root of the state’s trie, as the header has it.'),
      isCanonical: column(
        boolean('is_canonical').notNull().default(true),
        'Whether the block counts: a reorganization orphans it.',
      ),
      completeness: column(
        text('completeness').notNull(),
        'How completely it was checked: logs, hash, bloom or receipts.',
      ),
      logCount: column(integer('log_count').notNull(), 'How many logs of indexed contracts the block has.'),
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
  'Every log of an indexed contract, as the node gave it; whether it counts says its block.',
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
  'What contracts answered at a block, kept so that projection and replay ask no node.',
  {
    columns: {
      chainId: column(chainId().notNull(), 'The chain (EIP-155).'),
      blockNumber: column(blockNumber().notNull(), 'The block.'),
      blockHash: column(bytes('block_hash').notNull(), 'The block’s hash.'),
      requestKey: column(bytes('request_key').notNull(), 'SHA-256 of the request’s canonical form.'),
      kind: column(smallint('kind').notNull(), '0: a call; 1: a transaction.'),
      /** The called contract, or empty for a transaction. */
      target: column(bytes('target').notNull(), 'The contract that was asked.'),
      request: column(bytes('request').notNull(), 'The calldata, or the transaction’s hash.'),
      status: column(
        smallint('status').notNull(),
        '0: answered; 1: reverted; 2: answered, but too long to keep; 3: the node no longer knows.',
      ),
      result: column(bytes('result'), 'The answer; null where there is none, or it was too long.'),
      resultBytes: column(bigint('result_bytes', { mode: 'number' }).notNull(), 'How long the answer was.'),
    },
  },
  (table) => [primaryKey({ columns: [table.chainId, table.blockNumber, table.blockHash, table.requestKey] })],
);

export const ledgerReceipts = tableIn(
  ledger,
  'receipts',
  'What only a transaction’s receipt tells.',
  {
    columns: {
      chainId: column(chainId().notNull(), 'The chain (EIP-155).'),
      blockNumber: column(blockNumber().notNull(), 'The block.'),
      transactionHash: column(bytes('transaction_hash').notNull(), 'The transaction’s hash.'),
      blockHash: column(bytes('block_hash').notNull(), 'The block’s hash.'),
      gasUsed: column(
        uint256('gas_used').notNull(),
        'Gas that the transaction used, as its receipt says; filled after finality.',
      ),
      effectiveGasPrice: column(
        uint256('effective_gas_price'),
        'Wei a unit of gas; null where the node doesn’t say.',
      ),
    },
  },
  (table) => [primaryKey({ columns: [table.chainId, table.transactionHash, table.blockHash] })],
);

export const ledgerContracts = tableIn(
  ledger,
  'contracts',
  'The contracts that are indexed, and how each came to be.',
  {
    columns: {
      chainId: column(chainId().notNull(), 'The chain (EIP-155).'),
      address: column(bytes('address').notNull(), 'The address.'),
      kind: column(text('kind').notNull(), 'The contract’s name on the interface, such as ProductRegistry.'),
      startBlock: column(
        blockNumber('start_block').notNull(),
        'What the contract said before this block isn’t indexed.',
      ),
      source: column(text('source').notNull(), 'configuration or factory.'),
      factoryAddress: column(
        bytes('factory_address'),
        'The factory whose event announced it; null for a configured one.',
      ),
      createdBlockHash: column(bytes('created_block_hash'), 'The block of the factory’s event.'),
      createdLogIndex: column(integer('created_log_index'), 'The log of the factory’s event.'),
      registryAddress: column(bytes('registry_address'), 'The registry that its product ids mean.'),
      addedAt: column(instant('added_at').notNull().default(now), 'When it was added.'),
    },
  },
  (table) => [primaryKey({ columns: [table.chainId, table.address] })],
);
