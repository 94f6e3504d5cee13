/**
 * `table()`: Drizzle's `pgTable` with metadata that Drizzle does not store. All other information about tables (column ownership, comments,
 * lookups, links, insert order, `ledger.chain_tables`) is derived from these descriptors: src/engine/tables.ts, schema-docs/ and `npm run
 * generate`.
 */
import type { BuildExtraConfigColumns } from 'drizzle-orm';
import {
  pgTable,
  type PgColumnBuilderBase,
  type PgSchema,
  type PgTableExtraConfigValue,
} from 'drizzle-orm/pg-core';

/**
 * The writer of a column of a chain-derived table.
 * - `chain`: the fold writes it, the journal records it, and a rebuild recreates it;
 * - `initial`: the fold sets it when it inserts the row, and the application owns it afterwards;
 * - `application`: the indexer never sets it, and a rebuild preserves it;
 * - `link`: another row's id, derived after the fold because that row may appear or disappear at any time;
 * - `confirmation`: states whether the block is final, so that finality changes no chain-owned column;
 * - `receipt`: filled from the transaction's receipt after finality.
 */
export type Owner = 'chain' | 'initial' | 'application' | 'link' | 'confirmation' | 'receipt';

/** A Drizzle column builder with its database comment and its owner. */
export interface DescribedColumn<
  Builder extends PgColumnBuilderBase = PgColumnBuilderBase,
  Owned extends Owner = Owner,
> {
  readonly builder: Builder;
  readonly owner: Owned;
  readonly comment: string;
}

const ownedBy =
  <const Owned extends Owner>(owner: Owned) =>
  <Builder extends PgColumnBuilderBase>(
    builder: Builder,
    comment: string,
  ): DescribedColumn<Builder, Owned> => ({ builder, owner, comment });

/** A column that the table's own writer fills: the fold, in a chain-derived table. The comment becomes the database's COMMENT ON. */
export const column = ownedBy('chain');
export const initial = ownedBy('initial');
export const application = ownedBy('application');
export const link = ownedBy('link');
export const confirmation = ownedBy('confirmation');
export const receipt = ownedBy('receipt');

export type DescribedColumns = Readonly<Record<string, DescribedColumn>>;

/**
 * The keys by which people look up rows: SQL conditions in which `$1` is the key as text. Every chain-derived row can also be looked up by
 * transaction hash.
 */
export interface Find {
  /** The number that a contract assigned to the entity, or to the entity that it belongs to. */
  readonly number?: string;
  readonly wallet?: string;
  readonly text?: string;
}

/** The columns of every chain-derived table, from `...provenance()` or `...optionalProvenance()` of columns.ts. */
interface Provenance {
  readonly inexactColumns: DescribedColumn;
}

export interface TableDescriptor<Columns extends DescribedColumns = DescribedColumns> {
  /** The SQL name, without the schema. */
  readonly name: string;
  readonly schema: 'public' | 'ledger';
  readonly comment: string;
  /** By property name. */
  readonly columns: Columns;
  readonly isChainDerived: Columns extends Provenance ? true : false;
  /** A SQL expression over the row `found` that describes the row briefly, or null if rows of the table are not shown to people. */
  readonly label: string | null;
  readonly find: Find;
}

export const descriptor = Symbol('descriptor');

/** A table created by `table()`. */
export interface Described<Columns extends DescribedColumns = DescribedColumns> {
  readonly [descriptor]: TableDescriptor<Columns>;
}

export type ChainDerived = Described<DescribedColumns & Provenance>;

/** Whether an export of the schema is a table of `table()`. Other exports are enums, views and the schema itself. */
export function isDescribed(value: unknown): value is Described {
  return typeof value === 'object' && value !== null && descriptor in value;
}

type Builders<Columns extends DescribedColumns> = { [Name in keyof Columns]: Columns[Name]['builder'] };

type Options<Columns extends DescribedColumns> = {
  readonly columns: Columns;
  readonly find?: Find;
} & (Columns extends Provenance ? { readonly label: string } : { readonly label?: string });

type Extra<Name extends string, Columns extends DescribedColumns> = (
  table: BuildExtraConfigColumns<Name, Builders<Columns>, 'pg'>,
) => PgTableExtraConfigValue[];

/**
 * Creates a table of `public`. It is derived from the chain if its columns include `...provenance()` or `...optionalProvenance()`, and then
 * needs a label. `extra` creates indexes, keys and checks, as in Drizzle.
 */
export function table<const Name extends string, Columns extends DescribedColumns>(
  name: Name,
  comment: string,
  options: Options<Columns>,
  extra: Extra<Name, Columns> = () => [],
) {
  const made = pgTable(name, buildersOf(options.columns), extra);
  return Object.assign(made, { [descriptor]: describe(name, 'public', comment, options) });
}

/** Creates a table of the schema `ledger`, which no projection writes. */
export function tableIn<const Name extends string, Columns extends DescribedColumns>(
  schema: PgSchema<'ledger'>,
  name: Name,
  comment: string,
  options: Options<Columns>,
  extra: Extra<Name, Columns> = () => [],
) {
  const made = schema.table(name, buildersOf(options.columns), extra);
  return Object.assign(made, { [descriptor]: describe(name, 'ledger', comment, options) });
}

function buildersOf<Columns extends DescribedColumns>(columns: Columns): Builders<Columns> {
  const builders = Object.entries(columns).map(([property, { builder }]) => [property, builder]);
  return Object.fromEntries(builders) as Builders<Columns>;
}

function describe<Columns extends DescribedColumns>(
  name: string,
  schema: 'public' | 'ledger',
  comment: string,
  { columns, label, find }: Options<Columns>,
): TableDescriptor<Columns> {
  const isChainDerived = ('inexactColumns' in columns) as TableDescriptor<Columns>['isChainDerived'];
  return { name, schema, comment, columns, isChainDerived, label: label ?? null, find: find ?? {} };
}
