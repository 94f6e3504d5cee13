/** The descriptor of a chain-derived table for reading and writing it. */
import { getTableName } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { escapeIdentifier } from 'pg';
import {
  chainColumns,
  chainTable,
  chainTableNames,
  journaledColumns,
  type ChainTableName,
} from '../tables.ts';
import { required } from '../../primitives/errors.ts';
import { type StoredColumn, storedColumn } from './stored-column.ts';

export interface StoredTable {
  readonly name: ChainTableName;
  /** Its id in the journal. */
  readonly id: number;
  /** Its quoted name in SQL. */
  readonly sqlName: string;
  /** The columns that the fold writes. */
  readonly columns: readonly StoredColumn[];
  /** The columns that may change after the insert. */
  readonly changing: readonly StoredColumn[];
  readonly column: (property: string) => StoredColumn;
  /** Whether the rows state, in `status` and `confirmed_at`, that their block is final. */
  readonly hasConfirmation: boolean;
}

/** Resolves the tables to load from and save to: the public tables or a replay's tables. */
export type StoredTables = (name: ChainTableName) => StoredTable;

/** Columns that record which log made a row. They never change during the row's life. */
const originProperties: ReadonlySet<string> = new Set([
  'id',
  'chainId',
  'smartContractAddress',
  'blockNumber',
  'blockHash',
  'transactionHash',
  'logIndex',
  'createdAt',
]);

const tables = new Map<ChainTableName, StoredTable>();

/** The descriptor of a public table. */
export function storedTable(name: ChainTableName): StoredTable {
  let table = tables.get(name);
  if (table === undefined) tables.set(name, (table = describe(name)));
  return table;
}

/** The tables whose rows state whether their block is final. */
export function tablesWithConfirmation(): StoredTable[] {
  return chainTableNames()
    .map(storedTable)
    .filter((table) => table.hasConfirmation);
}

function describe(name: ChainTableName): StoredTable {
  const { id, table, others } = chainTable(name);
  const columns = Object.entries<PgColumn>(chainColumns(name)).map(([property, column]) =>
    storedColumn(property, column),
  );
  const byProperty = new Map(columns.map((column) => [column.property, column]));
  const journaled = journaledColumns(name);
  return {
    name,
    id,
    sqlName: `public.${escapeIdentifier(getTableName(table))}`,
    columns,
    changing: columns.filter(({ property }) => property in journaled && !originProperties.has(property)),
    column: (property) => required(byProperty.get(property), `column ${property} of ${name}`),
    hasConfirmation: Object.values(others).includes('confirmation'),
  };
}
