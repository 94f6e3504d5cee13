/**
 * The journal: for every row and block, what the row was before. An insert leaves only its mark (the row itself is the
 * image until it changes); an update keeps the columns that it changed, as they were before the block.
 *
 * Several changes of one row in a block leave one entry, so that the journal, like the rows, doesn't depend on how the chain was
 * cut into batches.
 */
import type { ChainTableName } from '../../db/ownership.ts';
import type { ChainEvent } from '../../contracts/events.ts';
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

export interface RowUpdate {
  readonly table: ChainTableName;
  readonly id: Uuid;
  readonly before: Row;
  readonly after: Row;
  /** The columns that may differ. */
  readonly columns: readonly string[];
}

export class Journal {
  readonly #entries: JournalEntry[] = [];
  /** Where the newest entry of a row stands in `#entries`. */
  readonly #newest = new Map<string, number>();

  /** Notes that an event made a row; the returned function takes the note back. */
  inserted(event: Pick<ChainEvent, 'block' | 'log'>, table: ChainTableName, rowId: Uuid): () => void {
    return this.#append({
      table,
      rowId,
      blockNumber: event.block.number,
      logIndex: event.log.logIndex,
      operation: 'insert',
      before: null,
    });
  }

  /** Notes that an event changed these columns of a row; the returned function takes the note back. */
  updated(event: ChainEvent, { table, id: rowId, before, after, columns }: RowUpdate): () => void {
    const position = this.#newest.get(rowId);
    const previous = position === undefined ? undefined : this.#entries[position];
    const { number: blockNumber } = event.block;
    const { logIndex } = event.log;
    const changed = changedValues(table, before, after, columns);
    if (previous === undefined || position === undefined || previous.blockNumber !== blockNumber) {
      return this.#append({ table, rowId, blockNumber, logIndex, operation: 'update', before: changed });
    }
    const merged = previous.before === null ? null : { ...changed, ...previous.before };
    this.#entries[position] = { ...previous, logIndex, before: merged };
    return () => {
      this.#entries[position] = previous;
    };
  }

  entries(): readonly JournalEntry[] {
    return this.#entries;
  }

  #append(entry: JournalEntry): () => void {
    const previous = this.#newest.get(entry.rowId);
    this.#newest.set(entry.rowId, this.#entries.push(entry) - 1);
    // Notes are taken back in the opposite order, so the one to remove is always the last.
    return () => {
      this.#entries.pop();
      if (previous === undefined) this.#newest.delete(entry.rowId);
      else this.#newest.set(entry.rowId, previous);
    };
  }
}

function changedValues(
  table: ChainTableName,
  before: Row,
  after: Row,
  columns: readonly string[],
): Record<string, RowValue> {
  const shape = tableShape(table);
  const changed: Record<string, RowValue> = {};
  for (const column of columns) {
    if (!shape.isJournaled(column)) continue;
    const value = before[column] ?? null;
    if (!sameValue(value, after[column] ?? null)) changed[column] = value;
  }
  return changed;
}

/** Whether two values of a column are the same to the database. */
export function sameValue(left: RowValue, right: RowValue): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  return JSON.stringify(left) === JSON.stringify(right);
}
