/**
 * The rows of one batch, in memory: the loaded rows, their changes by the fold, and the journal of every
 * change.
 *
 * Values are made storable when they enter a row, and at no other time. A later event that copies a value
 * must see the value that the database would return; otherwise rows would depend on the division into
 * batches.
 */
import { chainTableNames, type ChainTableName, type ChainRow } from '../tables.ts';
import type { ChainEvent } from '../contract/events.ts';
import { InvariantError } from '../../primitives/errors.ts';
import { type Address, zeroAddress } from '../../primitives/hex.ts';
import { standardId, userId, type Uuid } from '../../primitives/ids.ts';
import { storable } from '../../primitives/text.ts';
import { changedValues, Journal, type JournalEntry } from './journal.ts';
import type { Lookup, LookupKey } from './projection.ts';
import { tableShape, type RowValue } from './shape.ts';

/** Values by property name. */
export type AnyRow = Readonly<Record<string, RowValue>>;

/** The values with which a handler makes a row. The event fills the provenance columns and `updatedAt`. */
export type NewRow<Table extends ChainTableName> = Omit<ChainRow<Table>, FilledColumn> &
  ('createdAt' extends keyof ChainRow<Table> ? { readonly createdAt?: bigint } : unknown);

/** The columns of a row that a handler may change. */
export type RowPatch<Table extends ChainTableName> = Partial<
  Omit<ChainRow<Table>, FilledColumn | 'id' | 'createdAt'>
>;

type FilledColumn =
  | 'chainId'
  | 'smartContractAddress'
  | 'blockNumber'
  | 'blockHash'
  | 'transactionHash'
  | 'logIndex'
  | 'changedBlockNumber'
  | 'changedBlockHash'
  | 'changedTransactionHash'
  | 'changedLogIndex'
  | 'inexactColumns'
  | 'createdAt'
  | 'updatedAt';

/** A wallet that an event named, with the timestamp of the first such block, in Unix seconds. */
export interface NewUser {
  readonly wallet: Address;
  readonly firstSeenAt: bigint;
}

/** A standard that an event named, in the event's spelling. */
export interface NewStandard {
  readonly spelling: string;
  readonly firstSeenAt: bigint;
}

/** A batch's changes to one table, in the order of first change. */
export interface TableChanges {
  readonly table: ChainTableName;
  readonly inserted: readonly AnyRow[];
  readonly updated: readonly AnyRow[];
}

interface WorkingRow {
  readonly table: ChainTableName;
  readonly id: Uuid;
  /** The row as stored in the database; null for a row that this batch makes. */
  readonly loaded: AnyRow | null;
  current: AnyRow;
  /** The position of its newest entry in the journal; -1 while there is none. */
  entry: number;
}

/** A change of a row by an event, reported immediately; a later failure of the event may revert it. */
export interface RowChange {
  readonly table: ChainTableName;
  readonly id: Uuid;
  /** Null if the event makes the row. */
  readonly before: AnyRow | null;
  readonly after: AnyRow;
}

/** The data that undoes one change of a row. */
interface Undo {
  readonly working: WorkingRow;
  /** Null if the change made the row. */
  readonly before: AnyRow | null;
  /** The position of its previous newest entry, and that entry if the change replaced it. */
  readonly entry: number;
  readonly replaced: JournalEntry | null;
}

/** The data that reverts one event when its effect fails. */
interface Savepoint {
  readonly undo: Undo[];
  readonly users: Address[];
  readonly standards: Uuid[];
}

const noEntry = -1;

/** The rows of one batch, as handlers read and change them. */
export class Rows {
  readonly #working = new Map<ChainTableName, Map<Uuid, WorkingRow>>();
  readonly #wantedRows: ReadonlyMap<ChainTableName, ReadonlySet<Uuid>>;
  readonly #lookups: LookupIndex;
  readonly #users = new Map<Address, NewUser & { readonly id: Uuid }>();
  readonly #standards = new Map<Uuid, NewStandard>();
  readonly #journal = new Journal();
  #event: ChainEvent | null = null;
  #savepoint: Savepoint | null = null;
  #observe: ((change: RowChange) => void) | null = null;

  constructor(
    wantedRows: ReadonlyMap<ChainTableName, ReadonlySet<Uuid>>,
    lookups: readonly Lookup[],
    wantedLookups: ReadonlySet<string>,
    loaded: Iterable<{ table: ChainTableName; row: AnyRow }>,
  ) {
    this.#wantedRows = wantedRows;
    this.#lookups = new LookupIndex(lookups, wantedLookups);
    for (const { table, row } of loaded) {
      const id = row['id'] as Uuid;
      this.#rowsOf(table).set(id, { table, id, loaded: row, current: row, entry: noEntry });
      this.#lookups.add(table, id, row);
    }
  }

  /**
   * Returns the current row, or undefined if there is none. The handler must have requested it in `touch`.
   */
  get<Table extends ChainTableName>(table: Table, id: Uuid): ChainRow<Table> | undefined {
    return this.#find(table, id)?.current as ChainRow<Table> | undefined;
  }

  /**
   * Returns all rows that match a lookup, ordered by id. The handler must have requested the lookup in
   * `touch`.
   */
  all<Table extends ChainTableName>(question: Lookup<Table>, key: LookupKey): ChainRow<Table>[] {
    const ids = this.#lookups.candidates(question, key);
    const rows = [...ids].toSorted().map((id) => this.#working.get(question.table)?.get(id)?.current);
    return rows.filter(
      (row) => row !== undefined && matches(question as unknown as Lookup, key, row),
    ) as ChainRow<Table>[];
  }

  /**
   * Makes a row. Throws if it exists: handlers check first and then use `update`. `madeBy` is the event of
   * the row's origin, if an earlier event of the same transaction already needs the row.
   */
  insert<Table extends ChainTableName>(
    table: Table,
    values: NewRow<Table>,
    madeBy: Pick<ChainEvent, 'block' | 'log'> = this.#current(),
  ): void {
    const { block } = this.#current();
    const { log } = madeBy;
    const id = (values as unknown as { id: Uuid }).id;
    const rows = this.#rowsOf(table);
    if (rows.has(id))
      throw new InvariantError(`${table} ${id} is there already`, { place: placeOf({ block, log }) });
    const row = tableShape(table).make(values, { block, log });
    const { logIndex } = log;
    const entry = this.#journal.inserted({ table, rowId: id, blockNumber: block.number, logIndex });
    const working: WorkingRow = { table, id, loaded: null, current: row, entry };
    rows.set(id, working);
    this.#lookups.add(table, id, row);
    this.#savepoint?.undo.push({ working, before: null, entry: noEntry, replaced: null });
    this.#observe?.({ table, id, before: null, after: row });
  }

  /** Changes an existing row. The event becomes the row's last change, even if no value differs. */
  update<Table extends ChainTableName>(table: Table, id: Uuid, patch: RowPatch<Table>): void {
    const event = this.#current();
    const working = this.#find(table, id);
    if (working === undefined)
      throw new InvariantError(`${table} ${id} isn't there to be changed`, { place: placeOf(event) });
    const before = working.current;
    const values = patch as Record<string, RowValue>;
    const row = tableShape(table).change(before, values, event);
    const { entry } = working;
    const replaced = this.#noteUpdate(working, event, changedValues(table, values, before, row));
    working.current = row;
    this.#lookups.add(table, id, row);
    this.#savepoint?.undo.push({ working, before, entry, replaced });
    this.#observe?.({ table, id, before, after: row });
  }

  /** Several changes of a row in one block share one entry. Returns the replaced entry, if any. */
  #noteUpdate(working: WorkingRow, { block, log }: ChainEvent, changed: AnyRow): JournalEntry | null {
    const { table, id: rowId, entry } = working;
    const { logIndex } = log;
    if (entry !== noEntry && this.#journal.at(entry).blockNumber === block.number)
      return this.#journal.changedAgain(entry, logIndex, changed);
    working.entry = this.#journal.updated({ table, rowId, blockNumber: block.number, logIndex }, changed);
    return null;
  }

  /**
   * Returns the id of a wallet's user, and makes the user if it does not exist; null for the zero address,
   * which has no user.
   */
  user(wallet: Address): Uuid | null {
    if (wallet === zeroAddress) return null;
    const known = this.#users.get(wallet);
    if (known !== undefined) return known.id;
    const id = userId(wallet);
    this.#users.set(wallet, { wallet, id, firstSeenAt: this.#current().block.timestamp });
    this.#savepoint?.users.push(wallet);
    return id;
  }

  /**
   * Returns the id of a compliance standard by any spelling of its code, and makes the standard if it does
   * not exist.
   */
  standard(spelling: string): Uuid {
    const shown = storable(spelling).text;
    const id = standardId(shown);
    if (!this.#standards.has(id)) {
      this.#standards.set(id, { spelling: shown, firstSeenAt: this.#current().block.timestamp });
      this.#savepoint?.standards.push(id);
    }
    return id;
  }

  /**
   * Runs one event's handlers atomically: if one throws, all changes of the event are reverted. Calls
   * `observe` for each change immediately.
   */
  during(event: ChainEvent, effect: () => void, observe: ((change: RowChange) => void) | null = null): void {
    this.#event = event;
    this.#observe = observe;
    const savepoint: Savepoint = { undo: [], users: [], standards: [] };
    this.#savepoint = savepoint;
    try {
      effect();
    } catch (error) {
      this.#takeBack(savepoint);
      throw error;
    } finally {
      this.#event = null;
      this.#savepoint = null;
      this.#observe = null;
    }
  }

  #takeBack({ undo, users, standards }: Savepoint): void {
    for (const { working, before, entry, replaced } of undo.toReversed()) {
      this.#journal.takeBack(working.entry, replaced);
      working.entry = entry;
      if (before === null) this.#rowsOf(working.table).delete(working.id);
      else working.current = before;
    }
    for (const wallet of users) this.#users.delete(wallet);
    for (const id of standards) this.#standards.delete(id);
  }

  /** Returns the batch's changes, tables in foreign-key order, parents first. */
  changes(): TableChanges[] {
    const names = chainTableNames();
    return names.flatMap((table) => {
      const rows = [...(this.#working.get(table)?.values() ?? [])];
      const inserted = rows.filter((row) => row.loaded === null).map((row) => row.current);
      const updated = rows
        .filter((row) => row.loaded !== null && row.loaded !== row.current)
        .map((row) => row.current);
      return inserted.length + updated.length === 0 ? [] : [{ table, inserted, updated }];
    });
  }

  users(): NewUser[] {
    return [...this.#users.values()];
  }

  standards(): NewStandard[] {
    return [...this.#standards.values()];
  }

  journal(): readonly JournalEntry[] {
    return this.#journal.entries();
  }

  #rowsOf(table: ChainTableName): Map<Uuid, WorkingRow> {
    let rows = this.#working.get(table);
    if (rows === undefined) this.#working.set(table, (rows = new Map()));
    return rows;
  }

  #find(table: ChainTableName, id: Uuid): WorkingRow | undefined {
    const working = this.#working.get(table)?.get(id);
    if (working === undefined && !this.#wantedRows.get(table)?.has(id)) {
      throw new InvariantError(`a handler looked at ${table} ${id} without having wanted it`, {
        place: placeOf(this.#current()),
      });
    }
    return working;
  }

  #current(): ChainEvent {
    if (this.#event === null) throw new InvariantError('rows change only while an event is applied');
    return this.#event;
  }
}

/**
 * The rows that may match a lookup. Has only the keys that the batch requested; each row's values are checked
 * on use.
 */
class LookupIndex {
  readonly #byTable = new Map<ChainTableName, Lookup[]>();
  readonly #candidates = new Map<string, Set<Uuid>>();

  constructor(lookups: readonly Lookup[], wanted: ReadonlySet<string>) {
    for (const question of lookups)
      this.#byTable.set(question.table, [...(this.#byTable.get(question.table) ?? []), question]);
    for (const key of wanted) this.#candidates.set(key, new Set());
  }

  add(table: ChainTableName, id: Uuid, row: AnyRow): void {
    for (const question of this.#byTable.get(table) ?? []) {
      const key = question.columns.map((column) => row[column]);
      if (key.includes(null)) continue;
      this.#candidates.get(lookupText(question, key as LookupKey))?.add(id);
    }
  }

  candidates(question: Lookup, key: LookupKey): ReadonlySet<Uuid> {
    const ids = this.#candidates.get(lookupText(question, key));
    if (ids === undefined)
      throw new InvariantError(`a handler asked ${lookupText(question, key)} without having wanted it`);
    return ids;
  }
}

/** Returns a unique text for a lookup and its key. */
export function lookupText(question: Lookup, key: LookupKey): string {
  return `${question.table}(${question.columns.join(',')})=${key.join(',')}`;
}

function matches(question: Lookup, key: LookupKey, row: AnyRow): boolean {
  const having = Object.entries(question.having).every(([column, value]) => row[column] === value);
  return having && question.columns.every((column, index) => row[column] === key[index]);
}

function placeOf(event: Pick<ChainEvent, 'block' | 'log'>) {
  return {
    chainId: event.block.chainId,
    blockNumber: event.block.number,
    blockHash: event.block.hash,
    transactionHash: event.log.transactionHash,
    logIndex: event.log.logIndex,
    address: event.log.address,
  };
}
