/** A chain-derived table as this room reads and writes it. */
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
  /** Its number in the journal. */
  readonly id: number;
  /** Its quoted name in SQL. */
  readonly sqlName: string;
  /** The columns that the fold writes. */
  readonly columns: readonly StoredColumn[];
  /** The columns that may change after the row was made. */
  readonly changing: readonly StoredColumn[];
  readonly column: (property: string) => StoredColumn;
  /** Whether the rows say that their block is final, in `status` and `confirmed_at`. */
  readonly hasConfirmation: boolean;
}

/** Where rows are loaded from and saved to: the public tables, or a replay's beside them. */
export type StoredTables = (name: ChainTableName) => StoredTable;

/** What says which log made a row: the same for as long as the row is there. */
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

export function storedTable(name: ChainTableName): StoredTable {
  let table = tables.get(name);
  if (table === undefined) tables.set(name, (table = describe(name)));
  return table;
}

/** The tables whose rows say that their block is final. */
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
