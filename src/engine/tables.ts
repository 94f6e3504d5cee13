/** The chain-derived tables of the application, as their descriptors have them, and who writes each of their columns. */
import { getTableColumns } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { Register } from './register.ts';
import { InvariantError } from '../primitives/errors.ts';
import { type ChainDerived, type Described, descriptor, isDescribed, type Owner } from '../db/table.ts';

/** What the application exports of its schema: tables, enums and views by name. */
type Schema = Register extends { readonly tables: infer Tables } ? Tables : Record<string, never>;

/** The names under which the application's schema exports the chain-derived tables. */
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

type NamedTable = readonly [name: string, table: Described];

/** Every chain-derived table with its exported name, in the lock file's order. */
function inInsertOrder(schema: Readonly<Record<string, unknown>>, ids: TableIds): NamedTable[] {
  const position = new Map(Object.keys(ids).map((name, index) => [name, index]));
  const positionOf = ([, table]: NamedTable): number => position.get(table[descriptor].name) ?? Infinity;
  return Object.entries(schema)
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

type AnyChainTable = ChainTable<Described & PgTable>;

const described: Described[] = [];
const chainTables = new Map<string, AnyChainTable>();

/**
 * Makes the application's tables known, once, before anything else asks for them. `schema` has them by their exported names; `ids` are
 * the numbers that stand for them in the journal, and their order is that of inserts.
 */
export function registerTables(schema: Readonly<Record<string, unknown>>, ids: TableIds): void {
  described.push(...Object.values(schema).filter(isDescribed));
  for (const [name, table] of inInsertOrder(schema, ids))
    chainTables.set(name, {
      id: tableId(ids, table[descriptor].name),
      table: table as Described & PgTable,
      others: othersOf(table),
    });
}

/** All tables that the application described, those that are not derived from the chain among them. */
export function describedTables(): readonly Described[] {
  return described;
}

/** Throws an InvariantError for a name that no registered table has. */
export function chainTable<Name extends ChainTableName>(name: Name): ChainTable<Schema[Name] & PgTable>;
export function chainTable(name: string): AnyChainTable {
  const table = chainTables.get(name);
  if (table !== undefined) return table;
  throw new InvariantError(`the chain-derived table ${name} is not registered`, {
    fix: 'Import the module that registers the application before its tables are used.',
  });
}

/** The chain-derived tables, parents before those that refer to them: the order of inserts; deletes go backwards. */
export function chainTableNames(): readonly ChainTableName[] {
  return [...chainTables.keys()] as ChainTableName[];
}

/** The tables that have a column of this owner. */
export function tablesWith(owner: OtherOwner): ChainTableName[] {
  return chainTableNames().filter((name) => Object.values(chainTable(name).others).includes(owner));
}

type SelectRow<Name extends ChainTableName> = Schema[Name] extends { readonly $inferSelect: infer Row }
  ? Row
  : never;
type ColumnsOf<Name extends ChainTableName> = Schema[Name] extends Described<infer Own> ? Own : never;

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
  const { table, others }: AnyChainTable = chainTable(name);
  const columns: Columns = getTableColumns<PgTable>(table);
  return Object.fromEntries(Object.entries(columns).filter(([column]) => isWanted(others[column])));
}

export type TableIds = Readonly<Record<string, number>>;

/** The id of a table. Throws an InvariantError if the table has none yet. */
export function tableId(ids: TableIds, name: string): number {
  const id = ids[name];
  if (id !== undefined) return id;
  throw new InvariantError(`The table ${name} has no id in the application's table-ids.lock.json`, {
    fix: 'Run npm run generate and commit the file.',
  });
}
