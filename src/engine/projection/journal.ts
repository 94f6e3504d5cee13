/**
 * The journal: for every row and block, what the row was before. An insert leaves only its mark (the row itself is the
 * image until it changes); an update keeps the columns that it changed, as they were before the block.
 *
 * Several changes of one row in a block leave one entry, so that the journal, like the rows, doesn't depend on how the chain was
 * cut into batches.
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
  /** For an update: by property name, the values before the block of the columns that the block changed. */
  readonly before: Readonly<Record<string, RowValue>> | null;
}

type Row = Readonly<Record<string, RowValue>>;

/** Where an entry comes from: the row, and the log that changed it. */
export interface EntryOrigin extends Pick<JournalEntry, 'table' | 'rowId' | 'blockNumber' | 'logIndex'> {}

export class Journal {
  readonly #entries: JournalEntry[] = [];

  /** Notes that a row was made; returns the entry's position. */
  inserted({ table, rowId, blockNumber, logIndex }: EntryOrigin): number {
    return this.#entries.push({ table, rowId, blockNumber, logIndex, operation: 'insert', before: null }) - 1;
  }

  /** Notes that a row was changed whose newest entry is of another block; returns the entry's position. */
  updated({ table, rowId, blockNumber, logIndex }: EntryOrigin, before: Row): number {
    return this.#entries.push({ table, rowId, blockNumber, logIndex, operation: 'update', before }) - 1;
  }

  /** Notes that a row was changed again in the block of its newest entry; returns that entry as it was. */
  changedAgain(position: number, logIndex: number, before: Row): JournalEntry {
    const previous = this.at(position);
    const merged = previous.before === null ? null : { ...before, ...previous.before };
    this.#entries[position] = { ...previous, logIndex, before: merged };
    return previous;
  }

  /** Takes the last of what was noted back: what `changedAgain` returned, or null for an entry that was added. */
  takeBack(position: number, replaced: JournalEntry | null): void {
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

/** The values that a change did away with, of the columns that the journal keeps. `patched` are those that may differ beside the stamp. */
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

/** Whether two values of a column are the same to the database. */
export function sameValue(left: RowValue, right: RowValue): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  return JSON.stringify(left) === JSON.stringify(right);
}
