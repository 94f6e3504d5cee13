/** The keys and references of the chain-derived tables, read from the schema. */
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core';
import { chainTable, chainTableNames, journaledColumns, type ChainTableName } from '../tables.ts';
import type { StoredColumn } from '../store/stored-column.ts';
import { storedTable } from '../store/stored-table.ts';

/** The columns of unique keys other than the id. */
export function uniqueColumns(name: ChainTableName): StoredColumn[] {
  const table: PgTable = chainTable(name).table;
  const { columns, uniqueConstraints } = getTableConfig(table);
  const names = new Set([
    ...columns.filter(({ isUnique }) => isUnique).map((column) => column.name),
    ...uniqueConstraints.flatMap((key) => key.columns.map((column) => column.name)),
  ]);
  return storedTable(name).columns.filter((column) => names.has(column.name));
}

export interface Reference {
  readonly child: ChainTableName;
  /** The child's column that contains the parent's id. */
  readonly column: string;
  readonly parent: ChainTableName;
}

/** The references between chain-derived tables, parents first. Links, which are derived after the fold, are not included. */
export function references(): Reference[] {
  return chainTableNames().flatMap((child) => {
    const table: PgTable = chainTable(child).table;
    const journaled = new Set(Object.values(journaledColumns(child)).map(({ name }) => name));
    return getTableConfig(table).foreignKeys.flatMap((key) => {
      const { columns, foreignTable } = key.reference();
      const parent = chainTableNames().find((name) => chainTable(name).table === foreignTable);
      const [column] = columns;
      return parent === undefined || column === undefined || !journaled.has(column.name)
        ? []
        : [{ child, column: column.name, parent }];
    });
  });
}
