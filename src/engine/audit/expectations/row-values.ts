/** Compares and formats row values. */
import { getTableColumns, getTableName } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { instantToText, weiToDecimal } from '../../../db/codecs.ts';
import { chainTable, journaledColumns, type ChainTableName } from '../../tables.ts';
import { required } from '../../../primitives/errors.ts';
import type { AnyRow } from '../../projection/entity.ts';
import type { RowValue } from '../../projection/shape.ts';
import { type ExpectedValue, OneOf } from './entity-kind.ts';
import type { ShownValue } from '../findings/result.ts';

/** Whether two values of a row are equal. */
export function sameValue(left: RowValue, right: RowValue): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right) === 0;
  return JSON.stringify(left) === JSON.stringify(right);
}

/** Whether a row's value equals the expected value, or one of several. */
export function fits(expected: ExpectedValue, value: RowValue): boolean {
  return expected instanceof OneOf
    ? expected.values.some((one) => sameValue(one, value))
    : sameValue(expected, value);
}

const journaled = new Map<ChainTableName, readonly string[]>();

/** The properties of the chain-owned columns, except the id by which rows are matched. */
export function comparedProperties(table: ChainTableName): readonly string[] {
  let properties = journaled.get(table);
  if (properties === undefined) {
    properties = Object.keys(journaledColumns(table)).filter((property) => property !== 'id');
    journaled.set(table, properties);
  }
  return properties;
}

/** The table's name in the database. */
export function tableNameOf(table: ChainTableName): string {
  return getTableName(chainTable(table).table);
}

/** The column of a property. Throws an InvariantError if the table has none. */
export function columnOf(table: ChainTableName, property: string): PgColumn {
  const columns: Readonly<Record<string, PgColumn>> = getTableColumns<PgTable>(chainTable(table).table);
  return required(columns[property], `column ${property} of ${table}`);
}

/** The value as the database shows it; the first one if several are possible. */
export function shown(table: ChainTableName, property: string, expected: ExpectedValue): ShownValue {
  const value: RowValue = expected instanceof OneOf ? (expected.values[0] ?? null) : expected;
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number')
    return value;
  if (typeof value === 'bigint') return shownNumber(columnOf(table, property).getSQLType(), value);
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString('hex')}`;
  return value;
}

function shownNumber(sqlType: string, value: bigint): string {
  if (sqlType === 'numeric(78,18)') return weiToDecimal(value);
  return sqlType.startsWith('timestamp') && value >= 0n ? instantToText(value) : value.toString();
}

/** A short form of a row, for findings about a missing or an extra row. */
export function shownRow(table: ChainTableName, row: AnyRow | null): ShownValue {
  if (row === null) return null;
  const said = comparedProperties(table).filter(
    (property) => row[property] !== null && !origin.has(property),
  );
  return Object.fromEntries(
    said.map((property) => [columnOf(table, property).name, shown(table, property, row[property] ?? null)]),
  );
}

const origin: ReadonlySet<string> = new Set([
  'chainId',
  'blockHash',
  'transactionHash',
  'changedBlockHash',
  'changedTransactionHash',
  'inexactColumns',
]);
