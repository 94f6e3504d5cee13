/**
 * `table()`: Drizzle's `pgTable` with what Drizzle doesn't know of a table. Everything else that is told of tables (column ownership,
 * comments, look-ups, links, insert order, `ledger.chain_tables`) is derived from these descriptors: src/engine/tables.ts,
 * schema-docs/ and `npm run generate`.
 */
import type { BuildExtraConfigColumns } from 'drizzle-orm';
import {
  pgTable,
  type PgColumnBuilderBase,
  type PgSchema,
  type PgTableExtraConfigValue,
} from 'drizzle-orm/pg-core';

/**
 * Who writes a column of a chain-derived table.
 *
 * - `chain`: the fold writes it, the journal keeps it, a rebuild makes it again;
 * - `initial`: the application's, but the fold sets it when it makes the row;
 * - `application`: the indexer never sets it, and a rebuild leaves it alone;
 * - `link`: another row's id, derived after the fold because that row may appear or go at any time;
 * - `confirmation`: says whether the block is final, so that finality changes nothing that the chain said;
 * - `receipt`: filled after finality from the transaction's receipt.
 */
export type Owner = 'chain' | 'initial' | 'application' | 'link' | 'confirmation' | 'receipt';

/** A Drizzle column builder with its comment in the database and its owner. */
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

/** A column that its table's one writer fills: the fold in a chain-derived table. The comment is the database's own (COMMENT ON). */
export const column = ownedBy('chain');
export const initial = ownedBy('initial');
export const application = ownedBy('application');
export const link = ownedBy('link');
export const confirmation = ownedBy('confirmation');
export const receipt = ownedBy('receipt');

export type DescribedColumns = Readonly<Record<string, DescribedColumn>>;

/** By which keys a person finds rows: SQL conditions in which `$1` is the key as text. A transaction's hash finds a chain-derived row anyway. */
export interface Find {
  /** The number that a contract gave to the thing, or to what it belongs to. */
  readonly number?: string;
  readonly wallet?: string;
  readonly text?: string;
}

/** What every chain-derived table has, by `...provenance()` or `...optionalProvenance()` of schema/columns.ts. */
interface Provenance {
  readonly inexactColumns: DescribedColumn;
}

export interface TableDescriptor<Columns extends DescribedColumns = DescribedColumns> {
  /** As in SQL, without its schema. */
  readonly name: string;
  readonly schema: 'public' | 'ledger';
  readonly comment: string;
  /** By property name. */
  readonly columns: Columns;
  readonly isChainDerived: Columns extends Provenance ? true : false;
  /** An SQL expression over the row `found` that says in a few words which row it is; null where no person asks for rows. */
  readonly label: string | null;
  readonly find: Find;
}

export const descriptor = Symbol('descriptor');

/** A table that `table()` made. */
export interface Described<Columns extends DescribedColumns = DescribedColumns> {
  readonly [descriptor]: TableDescriptor<Columns>;
}

export type ChainDerived = Described<DescribedColumns & Provenance>;

/** Whether a value that the schema exports is a table of `table()`; the rest are enums, views and the schema itself. */
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
 * A table of `public`. It is derived from the chain if its columns include `...provenance()` or `...optionalProvenance()`; then it
 * needs a label. `extra` makes indexes, keys and checks, as Drizzle's does.
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

/** A table of the schema `ledger`, which no projection writes. */
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
