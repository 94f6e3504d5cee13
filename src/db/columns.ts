/**
 * The column types that all areas share. Each gives in TypeScript what the fold computes with: wei and ids as bigint,
 * instants as Unix seconds, addresses and hashes as branded strings.
 */
import { type SQL, sql } from 'drizzle-orm';
import { bigint, check, customType, integer, text, uuid } from 'drizzle-orm/pg-core';
import { column } from './table.ts';
import { decimalToWei, instantToText, textToInstant, weiToDecimal } from './codecs.ts';
import type { Address, Hash } from '../primitives/hex.ts';
import type { Uuid } from '../primitives/ids.ts';

/** What a jsonb column holds. Whole numbers that may pass 2^53 go in as strings: JSON.parse would round them. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** A contract's uint256: an id, a count, a number of seconds. */
export const uint256 = customType<{ data: bigint; driverData: string }>({
  dataType: () => 'numeric(78,0)',
  toDriver: (value) => value.toString(),
  fromDriver: (value) => BigInt(value),
});

/** An amount: wei in memory, exact decimal tokens in the database. 2^256 - 1 wei has 60 whole digits, so it fits. */
export const wei = customType<{ data: bigint; driverData: string }>({
  dataType: () => 'numeric(78,18)',
  toDriver: weiToDecimal,
  fromDriver: decimalToWei,
});

/** A number with decimals that must not become a double: a decimal string in memory. */
export const decimal = customType<{ data: string; driverData: string }>({
  dataType: () => 'numeric',
});

/** A time in Unix seconds. What lies past `maximumInstantSeconds` is null, and named in `inexact_columns`. */
export const instant = customType<{ data: bigint; driverData: string }>({
  dataType: () => 'timestamp with time zone',
  toDriver: instantToText,
  fromDriver: textToInstant,
});

/** 20 bytes in lower-case hex. */
export const address = customType<{ data: Address; driverData: string }>({ dataType: () => 'text' });

/** 32 bytes in lower-case hex. */
export const hash32 = customType<{ data: Hash; driverData: string }>({ dataType: () => 'text' });

export const uuidRef = (name: string) => uuid(name).$type<Uuid>();

/** Raw bytes: what the ledger keeps, and digests. */
export const bytes = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' });

/** An array of raw bytes. (Drizzle's own arrays would write a Buffer as if it were UTF-8.) */
export const bytesArray = customType<{ data: Buffer[]; driverData: string | Buffer[] }>({
  dataType: () => 'bytea[]',
  toDriver: (values) => `{${values.map((value) => `"\\\\x${value.toString('hex')}"`).join(',')}}`,
  fromDriver: (values) => (typeof values === 'string' ? bytesOfArrayLiteral(values) : values),
});

function bytesOfArrayLiteral(literal: string): Buffer[] {
  return Array.from(literal.matchAll(/\\x([0-9a-f]*)/g), ([, hex = '']) => Buffer.from(hex, 'hex'));
}

export const chainId = (name = 'chain_id') => bigint(name, { mode: 'number' });
/** What a view counts: far from 2^53. */
export const rowCount = (name: string) => bigint(name, { mode: 'number' });
export const blockNumber = (name = 'block_number') => bigint(name, { mode: 'number' });

/** The primary key of a table whose ids the fold derives (src/primitives/ids.ts). */
export const derivedId = () =>
  column(uuidRef('id').primaryKey(), 'The row’s id, derived from the chain: a rebuild gives the same.');

/** Which log changed the row after the log that made it; all null while none has. */
function lastChange() {
  return {
    changedBlockNumber: column(
      blockNumber('changed_block_number'),
      'The block of the last log that changed the row after the one that made it; null while none has.',
    ),
    changedBlockHash: column(
      hash32('changed_block_hash'),
      'The hash of the block that last changed the row.',
    ),
    changedTransactionHash: column(
      hash32('changed_transaction_hash'),
      'The transaction that last changed the row.',
    ),
    changedLogIndex: column(integer('changed_log_index'), 'The log that last changed the row.'),
    inexactColumns: column(
      text('inexact_columns').array(),
      'Columns whose contract value PostgreSQL can’t show exactly; the ledger has it. Null for none.',
    ),
  };
}

const origin = {
  chain: 'The chain (EIP-155).',
  contract: 'The contract whose log made the row, in lower-case hex.',
  blockNumber: 'The block.',
  blockHash: 'The block’s hash.',
  transactionHash: 'The transaction’s hash.',
  logIndex: 'The log’s position in its block.',
};

/** Where a chain-derived row comes from: the log that made it, and the last one that changed it. */
export function provenance() {
  return {
    chainId: column(chainId().notNull(), origin.chain),
    smartContractAddress: column(address('smart_contract_address').notNull(), origin.contract),
    blockNumber: column(blockNumber().notNull(), origin.blockNumber),
    blockHash: column(hash32('block_hash').notNull(), origin.blockHash),
    transactionHash: column(hash32('transaction_hash').notNull(), origin.transactionHash),
    logIndex: column(integer('log_index').notNull(), origin.logIndex),
    ...lastChange(),
  };
}

/** `provenance` for tables in which the application and the daemon make rows as well: all null for theirs. */
export function optionalProvenance() {
  return {
    chainId: column(chainId(), origin.chain),
    smartContractAddress: column(address('smart_contract_address'), origin.contract),
    blockNumber: column(blockNumber(), origin.blockNumber),
    blockHash: column(hash32('block_hash'), origin.blockHash),
    transactionHash: column(hash32('transaction_hash'), origin.transactionHash),
    logIndex: column(integer('log_index'), origin.logIndex),
    ...lastChange(),
  };
}

/** What no chain can break, but a fault of ours could. */
export function provenanceCheck(table: string) {
  return check(`${table}_provenance_check`, sql`block_number >= 0 and log_index >= 0`);
}

/** All of the provenance is there, or none of it. */
export function optionalProvenanceCheck(table: string) {
  return check(
    `${table}_provenance_check`,
    sql`block_number >= 0 and log_index >= 0 and num_nulls(chain_id, smart_contract_address, block_number, block_hash, transaction_hash, log_index) in (0, 6)`,
  );
}

/**
 * The front of a text, for a B-tree over a column that a contract fills: an entry of more than 2.7 KB is refused, and 200
 * characters are 800 bytes at most. A query must use the same expression. (A hash index takes any length, but slows down
 * with every row of equal value, so it only suits what is nearly unique.)
 */
export function front(of: SQL.Aliased | { readonly name: string }): SQL {
  return sql`left(${of}, 200)`;
}
