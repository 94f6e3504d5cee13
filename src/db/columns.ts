/**
 * The column types that all areas share. Each has the TypeScript type that the fold uses: bigint for wei and ids, Unix seconds for
 * instants, branded strings for addresses and hashes.
 */
import { type SQL, sql } from 'drizzle-orm';
import { bigint, check, customType, integer, text, uuid } from 'drizzle-orm/pg-core';
import { column } from './table.ts';
import { decimalToWei, instantToText, textToInstant, weiToDecimal } from './codecs.ts';
import type { Address, Hash } from '../primitives/hex.ts';
import type { Uuid } from '../primitives/ids.ts';

/** The content of a jsonb column. Integers that may exceed 2^53 are strings, because JSON.parse would round them. */
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

/** An amount: wei in memory, exact decimal tokens in the database. 2^256 - 1 wei has 60 integer digits, so it fits. */
export const wei = customType<{ data: bigint; driverData: string }>({
  dataType: () => 'numeric(78,18)',
  toDriver: weiToDecimal,
  fromDriver: decimalToWei,
});

/** A decimal number that must not become a double. It is a decimal string in memory. */
export const decimal = customType<{ data: string; driverData: string }>({
  dataType: () => 'numeric',
});

/** A time in Unix seconds. A time after `maximumInstantSeconds` is null, and its column is listed in `inexact_columns`. */
export const instant = customType<{ data: bigint; driverData: string }>({
  dataType: () => 'timestamp with time zone',
  toDriver: instantToText,
  fromDriver: textToInstant,
});

/** 20 bytes in lower-case hex. */
export const address = customType<{ data: Address; driverData: string }>({ dataType: () => 'text' });

/** 32 bytes in lower-case hex. */
export const hash32 = customType<{ data: Hash; driverData: string }>({ dataType: () => 'text' });

/** A UUID column that refers to a row. */
export const uuidRef = (name: string) => uuid(name).$type<Uuid>();

/** Raw bytes, for ledger data and digests. */
export const bytes = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' });

/** An array of raw bytes. (Drizzle's own arrays would write a Buffer as UTF-8 text.) */
export const bytesArray = customType<{ data: Buffer[]; driverData: string | Buffer[] }>({
  dataType: () => 'bytea[]',
  toDriver: (values) => `{${values.map((value) => `"\\\\x${value.toString('hex')}"`).join(',')}}`,
  fromDriver: (values) => (typeof values === 'string' ? bytesOfArrayLiteral(values) : values),
});

function bytesOfArrayLiteral(literal: string): Buffer[] {
  return Array.from(literal.matchAll(/\\x([0-9a-f]*)/g), ([, hex = '']) => Buffer.from(hex, 'hex'));
}

/** A chain id column. */
export const chainId = (name = 'chain_id') => bigint(name, { mode: 'number' });
/** A count in a view, always far below 2^53. */
export const rowCount = (name: string) => bigint(name, { mode: 'number' });
/** A block number column. */
export const blockNumber = (name = 'block_number') => bigint(name, { mode: 'number' });

/** The primary key of a table whose ids the fold derives (src/primitives/ids.ts). */
export const derivedId = () =>
  column(uuidRef('id').primaryKey(), 'The row’s id, derived from the chain: a rebuild computes the same id.');

/** The last log that changed the row after the log that inserted it. All null if there is none. */
function lastChange() {
  return {
    changedBlockNumber: column(
      blockNumber('changed_block_number'),
      'The block of the last log that changed the row after its insert; null if there is none.',
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
      'Columns whose contract value PostgreSQL cannot represent exactly; the ledger has it. Null for none.',
    ),
  };
}

const origin = {
  chain: 'The chain (EIP-155).',
  contract: 'The contract whose log inserted the row, in lower-case hex.',
  blockNumber: 'The block.',
  blockHash: 'The block’s hash.',
  transactionHash: 'The transaction’s hash.',
  logIndex: 'The log’s position in its block.',
};

/** The origin of a chain-derived row: the log that inserted it, and the last log that changed it. */
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

/** `provenance` for tables that also contain rows of the application and the daemon. All columns are null in those rows. */
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

/** A check that no chain data can violate, but a bug in the indexer could. */
export function provenanceCheck(table: string) {
  return check(`${table}_provenance_check`, sql`block_number >= 0 and log_index >= 0`);
}

/** Checks that all columns of the provenance are set, or none. */
export function optionalProvenanceCheck(table: string) {
  return check(
    `${table}_provenance_check`,
    sql`block_number >= 0 and log_index >= 0 and num_nulls(chain_id, smart_contract_address, block_number, block_hash, transaction_hash, log_index) in (0, 6)`,
  );
}

/**
 * The prefix of a text, for a B-tree index over a column that a contract fills. PostgreSQL refuses index entries of more than 2.7 KB; 200
 * characters have at most 800 bytes. A query must use the same expression. (A hash index accepts any length, but becomes slower with every
 * row of equal value, so it suits only almost unique columns.)
 */
export function front(of: SQL.Aliased | { readonly name: string }): SQL {
  return sql`left(${of}, 200)`;
}
