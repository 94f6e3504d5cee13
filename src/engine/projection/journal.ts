/**
 * The journal: for every row and block, the row's state before the block. An insert leaves only a mark, since
 * the row itself is the image until it changes. An update records the previous values of the columns that it
 * changed.
 *
 * Several changes of one row in a block share one entry, so that the journal, like the rows, does not depend
 * on the division into batches.
 */
import type { ChainTableName } from '../tables.ts';
import { required } from '../../primitives/errors.ts';
import type { Uuid } from '../../primitives/ids.ts';
import type { RowValue } from './shape.ts';
import { tableShape } from './shape.ts';

export interface JournalEntry {
  readonly table: ChainTableName;
  readonly rowId: Uuid;
  readonly blockNumber: number;
  /** The last log of the block that changed the row. */
  readonly logIndex: number;
  readonly operation: 'insert' | 'update';
  /** For an update: the values before the block, by property name, of the columns that the block changed. */
  readonly before: Readonly<Record<string, RowValue>> | null;
}

type Row = Readonly<Record<string, RowValue>>;

/** The origin of an entry: the row, and the log that changed it. */
export interface EntryOrigin extends Pick<JournalEntry, 'table' | 'rowId' | 'blockNumber' | 'logIndex'> {}

/** The journal entries of one batch, in the order of first change. */
export class Journal {
  readonly #entries: JournalEntry[] = [];

  /** Adds an entry for a new row; returns the entry's position. */
  inserted({ table, rowId, blockNumber, logIndex }: EntryOrigin): number {
    return this.#entries.push({ table, rowId, blockNumber, logIndex, operation: 'insert', before: null }) - 1;
  }

  /** Adds an entry for a changed row whose newest entry is of another block; returns the entry's position. */
  updated({ table, rowId, blockNumber, logIndex }: EntryOrigin, before: Row): number {
    return this.#entries.push({ table, rowId, blockNumber, logIndex, operation: 'update', before }) - 1;
  }

  /**
   * Extends the newest entry of a row that changes again in the same block; returns the entry's previous
   * state.
   */
  changedAgain(position: number, logIndex: number, before: Row): JournalEntry {
    const previous = this.at(position);
    const merged = previous.before === null ? null : { ...before, ...previous.before };
    this.#entries[position] = { ...previous, logIndex, before: merged };
    return previous;
  }

  /** Reverts the latest entry. `replaced` is the result of `changedAgain`, or null for an added entry. */
  revert(position: number, replaced: JournalEntry | null): void {
    if (replaced === null) this.#entries.pop();
    else this.#entries[position] = replaced;
  }

  at(position: number): JournalEntry {
    return required(this.#entries[position], 'the entry of a row');
  }

  entries(): readonly JournalEntry[] {
    return this.#entries;
  }
}

/**
 * Returns the values that a change replaced, of the columns that the journal records. `patched` are the
 * columns that may differ in addition to the stamp.
 */
export function changedValues(table: ChainTableName, patched: Row, before: Row, after: Row): Row {
  const shape = tableShape(table);
  const changed: Record<string, RowValue> = {};
  for (const column in patched) if (shape.isJournaled(column)) keepChanged(changed, column, before, after);
  for (const column of shape.journaledStamp) keepChanged(changed, column, before, after);
  return changed;
}

function keepChanged(changed: Record<string, RowValue>, column: string, before: Row, after: Row): void {
  const value = before[column] ?? null;
  if (!sameValue(value, after[column] ?? null)) changed[column] = value;
}

/** Returns whether the database treats two values of a column as equal. */
export function sameValue(left: RowValue, right: RowValue): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  return JSON.stringify(left) === JSON.stringify(right);
}
