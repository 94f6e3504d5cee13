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

interface Normalised {
  readonly value: RowValue;
  readonly exact: boolean;
}

type Normalise = (value: RowValue, column: string) => Normalised;

export class TableShape {
  /** Property names of the columns whose changes the journal keeps. */
  readonly journaled: readonly string[];
  readonly #normalisers: ReadonlyMap<string, Normalise>;
  readonly #columnNames: ReadonlyMap<string, string>;
  readonly #required: readonly string[];

  constructor(table: ChainTableName) {
    const written = Object.entries(chainColumns(table));
    this.#normalisers = new Map(
      written.map(([property, column]) => [property, normaliserOf(column.getSQLType())]),
    );
    this.#columnNames = new Map(written.map(([property, column]) => [property, column.name]));
    this.#required = written.flatMap(([property, column]) => (column.notNull ? [property] : []));
    this.journaled = Object.keys(journaledColumns(table));
  }

  has(property: string): boolean {
    return this.#normalisers.has(property);
  }

  /**
   * The row with `values` over `base`, each made storable. With a null `base` every column is given a value (null where
   * `values` has none). Throws EffectError for a number past its column, and where a column that must have a value has none.
   */
  normalise(values: Row, base: Row | null): Row {
    const row: Record<string, RowValue> = base === null ? this.#nothing() : { ...base };
    const inexact = new Set((base?.['inexactColumns'] as readonly string[] | null | undefined) ?? []);
    for (const [property, value] of Object.entries(values)) {
      const normalise = this.#normalisers.get(property);
      if (normalise === undefined) throw new TypeError(`the fold doesn't write a column ${property}`);
      if (value === undefined || value === null) {
        row[property] = null;
        inexact.delete(this.#columnName(property));
        continue;
      }
      const normalised = normalise(value, property);
      row[property] = normalised.value;
      if (normalised.exact) inexact.delete(this.#columnName(property));
      else inexact.add(this.#columnName(property));
    }
    const missing = this.#required.find((property) => row[property] === null);
    if (missing !== undefined)
      throw new EffectError(`${this.#columnName(missing)} has no value, and must have one`);
    if (this.has('inexactColumns'))
      row['inexactColumns'] = inexact.size === 0 ? null : [...inexact].toSorted();
    return row;
  }

  #nothing(): Record<string, RowValue> {
    return Object.fromEntries([...this.#normalisers.keys()].map((property) => [property, null]));
  }

  #columnName(property: string): string {
    return this.#columnNames.get(property) ?? property;
  }
}

const shapes = new Map<ChainTableName, TableShape>();

export function tableShape(table: ChainTableName): TableShape {
  let shape = shapes.get(table);
  if (shape === undefined) shapes.set(table, (shape = new TableShape(table)));
  return shape;
}

const exactly = (value: RowValue): Normalised => ({ value, exact: true });

function normaliserOf(sqlType: string): Normalise {
  switch (sqlType.replaceAll(' ', '')) {
    case 'text':
      return (value, column) => text(stringOf(value, column));
    case 'text[]':
      return (value) => texts(value as readonly string[]);
    case 'jsonb':
      return (value) => document(value);
    case 'timestamptz':
    case 'timestampwithtimezone':
      return (value) => instant(value as bigint);
    case 'numeric(78,0)':
    case 'numeric(78,18)':
      return number;
    default:
      return exactly;
  }
}

function stringOf(value: RowValue, column: string): string {
  if (typeof value !== 'string') throw new TypeError(`${column} takes a text, not ${typeof value}`);
  return value;
}

function text(value: string): Normalised {
  const shown = storable(value);
  return { value: shown.text, exact: shown.exact };
}

function texts(values: readonly string[]): Normalised {
  const shown = values.map((value) => storable(value));
  return { value: shown.map((one) => one.text), exact: shown.every((one) => one.exact) };
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
function document(value: RowValue): Normalised {
  let exact = true;
  const shown = (part: unknown): unknown => {
    if (typeof part === 'bigint') return part.toString();
    if (typeof part === 'string') {
      const storablePart = storable(part);
      exact &&= storablePart.exact;
      return storablePart.text;
    }
    if (Array.isArray(part)) return part.map(shown);
    if (typeof part === 'object' && part !== null) {
      const entries = Object.entries(part).map(([key, inner]) => [storable(key).text, shown(inner)] as const);
      return Object.fromEntries(entries.toSorted(inJsonbOrder));
    }
    return part;
  };
  return { value: shown(value) as RowValue, exact };
}

function instant(value: bigint): Normalised {
  return value > maximumInstantSeconds ? { value: null, exact: false } : exactly(value);
}

const widest = 10n ** 78n;

function number(value: RowValue, column: string): Normalised {
  if (typeof value !== 'bigint') throw new TypeError(`${column} takes a bigint, not ${typeof value}`);
  if (value >= widest || value <= -widest)
    throw new EffectError(`${column} would pass the 78 digits that its column holds`);
  return exactly(value);
}
