/** The chain-derived tables, as the descriptors of src/db/schema have them, and whose each of their columns is. */
import { getTableColumns } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import * as schema from './schema/index.ts';
import { type ChainDerived, type Described, descriptor, isDescribed, type Owner } from './table.ts';
import { tableId, tableIds } from './table-ids.ts';

type Schema = typeof schema;

/** The names under which src/db/schema exports the chain-derived tables. */
export type ChainTableName = {
  [Name in keyof Schema]: Schema[Name] extends ChainDerived ? Name : never;
}[keyof Schema];

type OtherOwner = Exclude<Owner, 'chain'>;

interface ChainTable<Table> {
  /** Stands for the table in the journal: it is never given to another table, nor changed. */
  readonly id: number;
  readonly table: Table;
  /** The columns that aren't the chain's alone, by property name. */
  readonly others: Readonly<Record<string, OtherOwner>>;
}

type ChainTables = { readonly [Name in ChainTableName]: ChainTable<Schema[Name]> };

type NamedTable = readonly [name: string, table: Described];

/** Every chain-derived table with its exported name, in the lock file's order. */
function inInsertOrder(): NamedTable[] {
  const position = new Map(Object.keys(tableIds).map((name, index) => [name, index]));
  const positionOf = ([, table]: NamedTable): number => position.get(table[descriptor].name) ?? Infinity;
  return Object.entries<unknown>(schema)
    .filter(
      (entry): entry is [string, Described] => isDescribed(entry[1]) && entry[1][descriptor].isChainDerived,
    )
    .toSorted((a, b) => positionOf(a) - positionOf(b));
}

function othersOf(table: Described): Readonly<Record<string, OtherOwner>> {
  return Object.fromEntries(
    Object.entries(table[descriptor].columns).flatMap(([property, { owner }]) =>
      owner === 'chain' ? [] : [[property, owner] as const],
    ),
  );
}

/** The chain-derived tables, parents before those that refer to them: the order of inserts; deletes go backwards. */
export const chainTables = Object.fromEntries(
  inInsertOrder().map(([name, table]) => [
    name,
    { id: tableId(table[descriptor].name), table, others: othersOf(table) },
  ]),
) as unknown as ChainTables;

/** Parents first. */
export const chainTableNames: readonly ChainTableName[] = Object.keys(chainTables).filter(
  (name): name is ChainTableName => name in chainTables,
);

/** The tables that have a column of this owner. */
export function tablesWith(owner: OtherOwner): ChainTableName[] {
  return chainTableNames.filter((name) => Object.values(chainTables[name].others).includes(owner));
}

type SelectRow<Name extends ChainTableName> = Schema[Name]['$inferSelect'];
type ColumnsOf<Name extends ChainTableName> = Schema[Name][typeof descriptor]['columns'];

/** The columns that someone else writes; what the fold sets at creation isn't among them. */
type OthersColumn<Name extends ChainTableName> = {
  [Column in keyof ColumnsOf<Name>]: ColumnsOf<Name>[Column] extends { readonly owner: 'chain' | 'initial' }
    ? never
    : Column;
}[keyof ColumnsOf<Name>];

/** A row as the fold writes it. */
export type ChainRow<Name extends ChainTableName> = {
  [
    Column in keyof SelectRow<Name> as Column extends OthersColumn<Name> ? never : Column
  ]: SelectRow<Name>[Column];
};

type Columns = Readonly<Record<string, PgColumn>>;

/** The columns that the fold writes, by their property names. */
export function chainColumns(name: ChainTableName): Columns {
  return selectColumns(name, (owner) => owner === undefined || owner === 'initial');
}

/** The chain-owned columns: what the journal's images hold and an undo puts back. */
export function journaledColumns(name: ChainTableName): Columns {
  return selectColumns(name, (owner) => owner === undefined);
}

/** The columns that the application may change: the database's word for both `application` and `initial`. */
export function applicationColumns(name: ChainTableName): Columns {
  return selectColumns(name, (owner) => owner === 'application' || owner === 'initial');
}

/** The columns that the indexer sets beside the fold: links, confirmation, what receipts say. */
export function derivedColumns(name: ChainTableName): Columns {
  return selectColumns(
    name,
    (owner) => owner !== undefined && owner !== 'application' && owner !== 'initial',
  );
}

/** What two databases that followed the same chain must agree on. */
export function digestColumns(name: ChainTableName): Columns {
  const { updatedAt: _, ...rest } = journaledColumns(name);
  return rest;
}

function selectColumns(name: ChainTableName, isWanted: (owner: OtherOwner | undefined) => boolean): Columns {
  const { table, others } = chainTables[name];
  const columns: Columns = getTableColumns<PgTable>(table);
  return Object.fromEntries(Object.entries(columns).filter(([column]) => isWanted(others[column])));
}
