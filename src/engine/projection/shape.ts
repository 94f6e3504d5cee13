/**
 * A table as the fold sees it: the columns that it writes, and the conversion of a value to one that
 * PostgreSQL can store.
 *
 * A value that PostgreSQL cannot store is not an error of the chain. A NUL or ill-formed UTF-8 becomes
 * U+FFFD, and a time past the calendar becomes null. The row lists those columns in `inexactColumns`, and the
 * ledger has the exact bytes. Only a number out of the column's range fails the event's effect; sums alone
 * can reach it, because every uint256 fits.
 */
import type { ChainEvent } from '../contract/events.ts';
import { maximumInstantSeconds } from '../../db/codecs.ts';
import { chainColumns, journaledColumns, type ChainTableName } from '../tables.ts';
import type { Uuid } from '../../primitives/ids.ts';
import { storable } from '../../primitives/text.ts';

/** A column value of a row in memory; an object is a JSON document. */
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

/** Returns a value's storable form, and adds the column to `losses` if that form differs from the value. */
type Normalise = (value: NonNullable<RowValue>, column: NamedColumn, losses: Losses) => RowValue;

interface NamedColumn {
  readonly property: string;
  readonly name: string;
}

interface ShapedColumn extends NamedColumn {
  readonly normalise: Normalise;
  readonly isRequired: boolean;
}

/** The columns that record the event of a row's last change. */
const stamp = [
  'changedBlockNumber',
  'changedBlockHash',
  'changedTransactionHash',
  'changedLogIndex',
  'updatedAt',
  'inexactColumns',
];

/** The event that makes or changes a row. */
export type StampingEvent = Pick<ChainEvent, 'block' | 'log'>;

class TableShape {
  /** Property names of the columns whose changes the journal records. */
  readonly journaled: readonly string[];
  /** Those of them that every change may set. */
  readonly journaledStamp: readonly string[];
  readonly hasCreatedAt: boolean;
  readonly hasUpdatedAt: boolean;
  readonly #hasInexactColumns: boolean;
  readonly #required: readonly ShapedColumn[];
  /** A row with null in every column. */
  readonly #empty: Row;
  readonly #byProperty: ReadonlyMap<string, ShapedColumn>;
  readonly #isJournaled: ReadonlySet<string>;

  constructor(table: ChainTableName) {
    const columns = Object.entries(chainColumns(table)).map(([property, column]) => ({
      property,
      name: column.name,
      normalise: normaliserOf(column.getSQLType()),
      isRequired: column.notNull,
    }));
    this.#byProperty = new Map(columns.map((column) => [column.property, column]));
    this.#required = columns.filter(({ isRequired }) => isRequired);
    this.hasCreatedAt = this.#byProperty.has('createdAt');
    this.hasUpdatedAt = this.#byProperty.has('updatedAt');
    this.#hasInexactColumns = this.#byProperty.has('inexactColumns');
    this.#empty = Object.fromEntries(columns.map(({ property }) => [property, null]));
    this.journaled = Object.keys(journaledColumns(table));
    this.#isJournaled = new Set(this.journaled);
    this.journaledStamp = stamp.filter((property) => this.#isJournaled.has(property));
  }

  isJournaled(property: string): boolean {
    return this.#isJournaled.has(property);
  }

  /**
   * Returns a new row made by this log, with `values` made storable and null in the other columns. Throws
   * EffectError for a number out of its column's range, or for a required column without a value.
   */
  make(id: Uuid, values: Row, { block, log }: StampingEvent): Row {
    // V8 creates and reads a copy of a complete row fast; a row that grows column by column is slow in both.
    const row: Record<string, RowValue> = { ...this.#empty };
    const losses = new Losses(null);
    this.#put(row, values, losses);
    if (this.hasCreatedAt && (values['createdAt'] ?? null) === null)
      this.#putOne(row, 'createdAt', block.timestamp, losses);
    if (this.hasUpdatedAt) this.#putOne(row, 'updatedAt', block.timestamp, losses);
    row['id'] = id;
    row['chainId'] = block.chainId;
    row['smartContractAddress'] = log.address;
    row['blockNumber'] = block.number;
    row['blockHash'] = block.hash;
    row['transactionHash'] = log.transactionHash;
    row['logIndex'] = log.logIndex;
    return this.#finished(row, losses);
  }

  /** Returns the row `before` with `values`, made storable, and the log's stamp. Throws as `make` does. */
  change(before: Row, values: Row, { block, log }: StampingEvent): Row {
    const row: Record<string, RowValue> = { ...before };
    const losses = new Losses(before['inexactColumns'] as readonly string[] | null | undefined);
    this.#put(row, values, losses);
    if (this.hasUpdatedAt) this.#putOne(row, 'updatedAt', block.timestamp, losses);
    row['changedBlockNumber'] = block.number;
    row['changedBlockHash'] = block.hash;
    row['changedTransactionHash'] = log.transactionHash;
    row['changedLogIndex'] = log.logIndex;
    return this.#finished(row, losses);
  }

  #put(row: Record<string, RowValue>, values: Row, losses: Losses): void {
    for (const property in values) this.#putOne(row, property, values[property] ?? null, losses);
  }

  #putOne(row: Record<string, RowValue>, property: string, value: RowValue, losses: Losses): void {
    const column = this.#column(property);
    losses.delete(column);
    row[property] = value === null ? null : column.normalise(value, column, losses);
  }

  #finished(row: Record<string, RowValue>, losses: Losses): Row {
    for (const { property, name } of this.#required)
      if (row[property] === null) throw new EffectError(`${name} has no value, and must have one`);
    if (this.#hasInexactColumns) row['inexactColumns'] = losses.list();
    return row;
  }

  #column(property: string): ShapedColumn {
    const column = this.#byProperty.get(property);
    if (column === undefined) throw new TypeError(`the fold doesn't write a column ${property}`);
    return column;
  }
}

/**
 * The columns of a row that do not hold their exact value. Allocates only at the first loss, because nearly
 * no row has one.
 */
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

/** Returns the shape of a table; computes it once per table. */
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

/** The order in which jsonb returns keys, so that a document equals itself after a reload. */
function inJsonbOrder([left]: Member, [right]: Member): number {
  return (
    Buffer.byteLength(left) - Buffer.byteLength(right) ||
    Buffer.compare(Buffer.from(left), Buffer.from(right))
  );
}

/** Converts a JSON document: big numbers to decimal text, every text to storable text. */
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

/**
 * An effect that is impossible. All changes of the event are reverted, and its log goes to the quarantine
 * with this message.
 */
export class EffectError extends Error {
  override readonly name = 'EffectError';
}
