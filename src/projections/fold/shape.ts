/**
 * A table as the fold sees it: which columns it writes, and how a value becomes one that PostgreSQL can hold.
 *
 * What it can't hold is not an error of the chain: a NUL or ill-formed UTF-8 shows as U+FFFD, a time past the calendar as
 * null, and the row names those columns in `inexactColumns`; the ledger has the exact bytes. Only a number past its
 * column (possible for sums alone: every uint256 fits) fails the event's effect.
 */
import { maximumInstantSeconds } from '../../db/codecs.ts';
import { chainColumns, journaledColumns, type ChainTableName } from '../../db/ownership.ts';
import { storable } from '../../primitives/text.ts';
import { EffectError } from './effect-error.ts';

/** What a column of a row in memory can hold; an object is a JSON document. */
export type RowValue =
  | null
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | readonly string[]
  | { readonly [key: string]: unknown };

type Row = Readonly<Record<string, RowValue>>;

/** Gives a value's storable form; adds the column to `losses` where that isn't the value itself. */
type Normalise = (value: NonNullable<RowValue>, column: NamedColumn, losses: Losses) => RowValue;

interface NamedColumn {
  readonly property: string;
  readonly name: string;
}

interface ShapedColumn extends NamedColumn {
  readonly normalise: Normalise;
  readonly isRequired: boolean;
}

class TableShape {
  /** Property names of the columns whose changes the journal keeps. */
  readonly journaled: readonly string[];
  readonly #columns: readonly ShapedColumn[];
  /** A row without a value. */
  readonly #empty: Row;
  readonly #byProperty: ReadonlyMap<string, ShapedColumn>;
  readonly #isJournaled: ReadonlySet<string>;

  constructor(table: ChainTableName) {
    this.#columns = Object.entries(chainColumns(table)).map(([property, column]) => ({
      property,
      name: column.name,
      normalise: normaliserOf(column.getSQLType()),
      isRequired: column.notNull,
    }));
    this.#byProperty = new Map(this.#columns.map((column) => [column.property, column]));
    this.#empty = Object.fromEntries(this.#columns.map(({ property }) => [property, null]));
    this.journaled = Object.keys(journaledColumns(table));
    this.#isJournaled = new Set(this.journaled);
  }

  has(property: string): boolean {
    return this.#byProperty.has(property);
  }

  isJournaled(property: string): boolean {
    return this.#isJournaled.has(property);
  }

  /**
   * The row with `values` over `base`, each made storable. With a null `base` every column is given a value (null where
   * `values` has none). Throws EffectError for a number past its column, and where a column that must have a value has none.
   */
  normalise(values: Row, base: Row | null): Row {
    for (const property in values) this.#column(property);
    // A copy of a row that has all columns is quick to make and to read; one that grows column by column is neither.
    const row: Record<string, RowValue> = { ...(base ?? this.#empty) };
    const losses = new Losses(base?.['inexactColumns'] as readonly string[] | null | undefined);
    for (const column of base === null ? this.#columns : this.#columnsOf(values)) {
      const { property } = column;
      const value = values[property] ?? null;
      losses.delete(column);
      const kept = value === null ? null : column.normalise(value, column, losses);
      row[property] = kept;
      if (column.isRequired && kept === null)
        throw new EffectError(`${column.name} has no value, and must have one`);
    }
    if (this.has('inexactColumns')) row['inexactColumns'] = losses.list();
    return row;
  }

  #columnsOf(values: Row): ShapedColumn[] {
    return Object.keys(values).map((property) => this.#column(property));
  }

  #column(property: string): ShapedColumn {
    const column = this.#byProperty.get(property);
    if (column === undefined) throw new TypeError(`the fold doesn't write a column ${property}`);
    return column;
  }
}

/** The columns of a row that don't show their value exactly. Nearly always none: nothing is made before there is one. */
class Losses {
  #names: Set<string> | null;

  constructor(known: readonly string[] | null | undefined) {
    this.#names = known === null || known === undefined ? null : new Set(known);
  }

  add({ name }: NamedColumn): void {
    (this.#names ??= new Set()).add(name);
  }

  delete({ name }: NamedColumn): void {
    this.#names?.delete(name);
  }

  list(): readonly string[] | null {
    return this.#names === null || this.#names.size === 0 ? null : [...this.#names].toSorted();
  }
}

const shapes = new Map<ChainTableName, TableShape>();

export function tableShape(table: ChainTableName): TableShape {
  let shape = shapes.get(table);
  if (shape === undefined) shapes.set(table, (shape = new TableShape(table)));
  return shape;
}

const itself: Normalise = (value) => value;

function normaliserOf(sqlType: string): Normalise {
  switch (sqlType.replaceAll(' ', '')) {
    case 'text':
      return (value, column, losses) => text(stringOf(value, column), column, losses);
    case 'text[]':
      return (value, column, losses) => (value as readonly string[]).map((one) => text(one, column, losses));
    case 'jsonb':
      return (value, column, losses) => document(value, column, losses) as RowValue;
    case 'timestamptz':
    case 'timestampwithtimezone':
      return (value, column, losses) => instant(value as bigint, column, losses);
    case 'numeric(78,0)':
    case 'numeric(78,18)':
      return number;
    default:
      return itself;
  }
}

function stringOf(value: RowValue, { property }: NamedColumn): string {
  if (typeof value !== 'string') throw new TypeError(`${property} takes a text, not ${typeof value}`);
  return value;
}

function text(value: string, column: NamedColumn, losses: Losses): string {
  const shown = storable(value);
  if (!shown.exact) losses.add(column);
  return shown.text;
}

type Member = readonly [key: string, value: unknown];

/** The order in which jsonb gives keys back: so a document compares equal with itself once it was loaded. */
function inJsonbOrder([left]: Member, [right]: Member): number {
  return (
    Buffer.byteLength(left) - Buffer.byteLength(right) ||
    Buffer.compare(Buffer.from(left), Buffer.from(right))
  );
}

/** A JSON document: big numbers as decimal text, every text storable. */
function document(part: unknown, column: NamedColumn, losses: Losses): unknown {
  if (typeof part === 'bigint') return part.toString();
  if (typeof part === 'string') return text(part, column, losses);
  if (Array.isArray(part)) return part.map((inner) => document(inner, column, losses));
  if (typeof part !== 'object' || part === null) return part;
  const entries = Object.entries(part).map(
    ([key, inner]) => [storable(key).text, document(inner, column, losses)] as const,
  );
  return Object.fromEntries(entries.toSorted(inJsonbOrder));
}

function instant(value: bigint, column: NamedColumn, losses: Losses): bigint | null {
  if (value <= maximumInstantSeconds) return value;
  losses.add(column);
  return null;
}

const widest = 10n ** 78n;

function number(value: RowValue, { property }: NamedColumn): bigint {
  if (typeof value !== 'bigint') throw new TypeError(`${property} takes a bigint, not ${typeof value}`);
  if (value >= widest || value <= -widest)
    throw new EffectError(`${property} would pass the 78 digits that its column holds`);
  return value;
}
