/**
 * The rows of one batch, in memory: the loaded rows, their changes by the fold, and the journal of every
 * change.
 *
 * Values are made storable when they enter a row, and at no other time. A later event that copies a value
 * must see the value that the database would return; otherwise rows would depend on the division into
 * batches.
 */
import { chainTableNames, type ChainTableName, type ChainRow } from '../tables.ts';
import type { ChainEvent, TransactionEvents } from '../contract/events.ts';
import { InvariantError } from '../../primitives/errors.ts';
import { type Address, zeroAddress } from '../../primitives/hex.ts';
import { standardId, userId, type Uuid } from '../../primitives/ids.ts';
import { storable } from '../../primitives/text.ts';
import { changedValues, Journal, type JournalEntry } from './journal.ts';
import type { AnyRow, Entity, Found, Load, NewRow, Origin, Write } from './entity.ts';
import { type Lookup, LookupIndex, type LookupKey, matches } from './lookup.ts';
import { tableShape } from './shape.ts';

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

/** The rows that a batch needs, each listed once. */
export interface WantedRows {
  /** By table, then by the row's id. */
  readonly rows: ReadonlyMap<ChainTableName, Ids>;
  /** By `lookupText`. */
  readonly lookups: ReadonlyMap<string, { readonly question: Lookup; readonly key: LookupKey }>;
}

/** A set of ids, or a map by id. */
export interface Ids {
  readonly size: number;
  has(id: Uuid): boolean;
  keys(): Iterable<Uuid>;
}

/** A row that a row source found. */
export interface LoadedRow {
  readonly table: ChainTableName;
  readonly row: AnyRow;
}

/** A batch's changes to one table, in the order in which the batch named or made the rows. */
export interface TableChanges {
  readonly table: ChainTableName;
  readonly inserted: readonly AnyRow[];
  readonly updated: readonly AnyRow[];
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
  readonly row: WorkingRow;
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

/** One row of the batch, whether it exists or not: an `Entity` of a table that only `BatchRows` knows. */
class WorkingRow {
  readonly table: ChainTableName;
  readonly id: Uuid;
  /** The row as stored in the database; null if it is not there. */
  loaded: AnyRow | null = null;
  /** The row as the events so far have left it; null while it does not exist. */
  current: AnyRow | null = null;
  /** The position of its newest entry in the journal; -1 while there is none. */
  entry = noEntry;
  readonly #rows: BatchRows;

  constructor(rows: BatchRows, table: ChainTableName, id: Uuid) {
    this.#rows = rows;
    this.table = table;
    this.id = id;
  }

  get row(): AnyRow | undefined {
    return this.current ?? undefined;
  }

  insert(values: AnyRow, madeBy?: Origin): AnyRow {
    return this.#rows.make(this, values, madeBy);
  }

  update(patch: AnyRow): AnyRow {
    return this.#rows.change(this, patch);
  }
}

/**
 * The rows of one batch. First handlers name their entities (`Load`), then `fill` adds the loaded rows, then
 * the events are applied, each in `during` (`Write`).
 */
export class BatchRows implements Load, Write {
  readonly #working = new Map<ChainTableName, Map<Uuid, WorkingRow>>();
  readonly #lookups: LookupIndex;
  readonly #shared = new Map<TransactionEvents, Map<unknown, unknown>>();
  readonly #users = new Map<Address, NewUser & { readonly id: Uuid }>();
  readonly #standards = new Map<Uuid, NewStandard>();
  readonly #journal = new Journal();
  #event: ChainEvent | null = null;
  #savepoint: Savepoint | null = null;
  #observe: ((change: RowChange) => void) | null = null;

  /** `lookups` are all lookups that handlers may use. */
  constructor(lookups: readonly Lookup[]) {
    this.#lookups = new LookupIndex(lookups);
  }

  one<Table extends ChainTableName>(table: Table, id: Uuid): Entity<Table> {
    // A working row of `table` holds rows of `table` only.
    return this.#entity(table, id) as unknown as Entity<Table>;
  }

  many<Table extends ChainTableName>(lookup: Lookup<Table>, key: LookupKey): Found<Table> {
    const question = lookup as unknown as Lookup;
    this.#lookups.ask(question, key);
    const entities = () =>
      this.#lookups
        .candidates(question, key)
        .map((id) => this.#entity(lookup.table, id))
        .filter(
          ({ current }) => current !== null && matches(question, key, current),
        ) as unknown as ReturnType<Found<Table>['entities']>;
    return { entities, rows: () => entities().map(({ row }) => row) };
  }

  once<Value>(
    transaction: TransactionEvents,
    compute: (transaction: TransactionEvents, load: Load) => Value,
  ): Value {
    let shared = this.#shared.get(transaction);
    if (shared === undefined) this.#shared.set(transaction, (shared = new Map()));
    if (!shared.has(compute)) shared.set(compute, compute(transaction, this));
    return shared.get(compute) as Value;
  }

  /** The rows that the handlers named, to be loaded. */
  get wanted(): WantedRows {
    return { rows: this.#working, lookups: this.#lookups.asked };
  }

  /** Adds the loaded rows. Rows that nobody named and that match no lookup are ignored. */
  fill(loaded: Iterable<LoadedRow>): void {
    for (const { table, row } of loaded) {
      const id = row['id'] as Uuid;
      const working = this.#entity(table, id);
      working.loaded = row;
      working.current = row;
      this.#lookups.add(table, id, row);
    }
  }

  insert<Table extends ChainTableName>(
    table: Table,
    id: Uuid,
    values: NewRow<Table>,
    madeBy?: Origin,
  ): ChainRow<Table> {
    return this.one(table, id).insert(values, madeBy);
  }

  /** Makes a row; see `Entity.insert`. */
  make(working: WorkingRow, values: AnyRow, madeBy: Origin = this.#current()): AnyRow {
    const { block } = this.#current();
    const { log } = madeBy;
    const { table, id } = working;
    if (working.current !== null)
      throw new InvariantError(`${table} ${id} is there already`, { place: placeOf({ block, log }) });
    const row = tableShape(table).make(id, values, { block, log });
    const { logIndex } = log;
    working.current = row;
    working.entry = this.#journal.inserted({ table, rowId: id, blockNumber: block.number, logIndex });
    this.#lookups.add(table, id, row);
    this.#savepoint?.undo.push({ row: working, before: null, entry: noEntry, replaced: null });
    this.#observe?.({ table, id, before: null, after: row });
    return row;
  }

  /** Changes a row; see `Entity.update`. */
  change(working: WorkingRow, patch: AnyRow): AnyRow {
    const event = this.#current();
    const { table, id, current: before, entry } = working;
    if (before === null)
      throw new InvariantError(`${table} ${id} isn't there to be changed`, { place: placeOf(event) });
    const row = tableShape(table).change(before, patch, event);
    const replaced = this.#noteUpdate(working, event, changedValues(table, patch, before, row));
    working.current = row;
    this.#lookups.add(table, id, row);
    this.#savepoint?.undo.push({ row: working, before, entry, replaced });
    this.#observe?.({ table, id, before, after: row });
    return row;
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

  user(wallet: Address): Uuid | null {
    if (wallet === zeroAddress) return null;
    const known = this.#users.get(wallet);
    if (known !== undefined) return known.id;
    const id = userId(wallet);
    this.#users.set(wallet, { wallet, id, firstSeenAt: this.#current().block.timestamp });
    this.#savepoint?.users.push(wallet);
    return id;
  }

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
      this.#revert(savepoint);
      throw error;
    } finally {
      this.#event = null;
      this.#savepoint = null;
      this.#observe = null;
    }
  }

  #revert({ undo, users, standards }: Savepoint): void {
    for (const { row, before, entry, replaced } of undo.toReversed()) {
      this.#journal.revert(row.entry, replaced);
      row.entry = entry;
      row.current = before;
    }
    for (const wallet of users) this.#users.delete(wallet);
    for (const id of standards) this.#standards.delete(id);
  }

  /** Returns the batch's changes, tables in foreign-key order, parents first. */
  changes(): TableChanges[] {
    const names = chainTableNames();
    return names.flatMap((table) => {
      const inserted: AnyRow[] = [];
      const updated: AnyRow[] = [];
      for (const { loaded, current } of this.#working.get(table)?.values() ?? []) {
        if (current === null || current === loaded) continue;
        (loaded === null ? inserted : updated).push(current);
      }
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

  #entity(table: ChainTableName, id: Uuid): WorkingRow {
    let ofTable = this.#working.get(table);
    if (ofTable === undefined) this.#working.set(table, (ofTable = new Map()));
    let working = ofTable.get(id);
    if (working === undefined) ofTable.set(id, (working = new WorkingRow(this, table, id)));
    return working;
  }

  #current(): ChainEvent {
    if (this.#event === null) throw new InvariantError('rows change only while an event is applied');
    return this.#event;
  }
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
