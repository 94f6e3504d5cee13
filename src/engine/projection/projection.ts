/**
 * A projection defines, for each event that it handles, which rows the event concerns and how it changes
 * them.
 *
 * Both functions are pure. `touch` runs first, for all events of a batch, so that one bulk load fetches every
 * row that the fold reads. Then `apply` changes rows in memory, event by event, in chain order.
 */
import type { ContractKind, EventName } from '../contract/kind.ts';
import type { ChainEvent, TypedEvent } from '../contract/events.ts';
import type { Uuid } from '../../primitives/ids.ts';
import type { ChainTableName, ChainRow } from '../tables.ts';
import type { Area } from '../register.ts';
import type { Links } from './links.ts';
import type { Rows } from './rows.ts';
import type { RowValue } from './shape.ts';

export type { Area };

/**
 * A query for all rows of a table with equal values in some columns. Declared once, so that it can be loaded
 * in bulk.
 */
export interface Lookup<Table extends ChainTableName = ChainTableName> {
  readonly table: Table;
  /** The columns that a key contains, in order. */
  readonly columns: readonly (keyof ChainRow<Table> & string)[];
  /** Further columns with the current value that the row must have. */
  readonly having: Partial<ChainRow<Table>>;
}

/** Values of a lookup's columns, in the same order. */
export type LookupKey = readonly (string | number | bigint)[];

/** Declares a lookup; the types check its columns against the table. */
export function lookup<Table extends ChainTableName>(
  table: Table,
  columns: readonly (keyof ChainRow<Table> & string)[],
  having: Partial<ChainRow<Table>> = {},
): Lookup<Table> {
  return { table, columns, having };
}

/** Collects the rows that a batch needs. */
export interface Wanted {
  row(table: ChainTableName, id: Uuid): void;
  all<Table extends ChainTableName>(question: Lookup<Table>, key: LookupKey): void;
}

/** How an event is handled. */
export interface EventHandler<Event = ChainEvent> {
  touch(event: Event, wanted: Wanted): void;
  apply(event: Event, rows: Rows): void;
}

export interface Handler extends EventHandler {
  readonly kind: ContractKind;
  readonly name: string;
}

/** The values of a row that were observed at its contract. */
export interface ObservedRow {
  readonly table: ChainTableName;
  readonly id: Uuid;
  readonly patch: Readonly<Record<string, RowValue>>;
}

export interface Projection {
  readonly area: Area;
  /** Increased whenever a change of the code changes rows; rows folded by an older version are stale. */
  readonly version: number;
  /** The tables that its handlers write. */
  readonly tables: readonly ChainTableName[];
  /** The areas whose rows its handlers read without writing them. */
  readonly readsOf?: readonly Area[];
  /** The lookups that its handlers use. */
  readonly lookups: readonly Lookup[];
  readonly handlers: readonly Handler[];
  /** Links from rows of any area to this area's rows; at most one area of an application has them. */
  readonly links?: Links;
  /** The kinds of contracts whose transaction receipts fill the receipt columns of this area's tables. */
  readonly receiptsOf?: readonly ContractKind[];
  /** Adds what else an observed row needs, such as shared rows that it refers to. */
  readonly onObserved?: (observed: ObservedRow, rows: Rows) => void;
}

/**
 * Returns the handler of one event. Kind and event name determine the types of the arguments and of the
 * answer.
 */
export function on<Kind extends ContractKind, Name extends EventName<Kind>>(
  kind: Kind,
  name: Name,
  handler: {
    /** Lists the rows that `apply` reads or changes; omitted if it only inserts. */
    touch?(event: TypedEvent<Kind, Name>, wanted: Wanted): void;
    apply(event: TypedEvent<Kind, Name>, rows: Rows): void;
  },
): Handler {
  // The fold calls a handler only with events of its own kind and name, so the narrowing is sound.
  const narrowed = (event: ChainEvent): TypedEvent<Kind, Name> => event as unknown as TypedEvent<Kind, Name>;
  return {
    kind,
    name,
    touch: (event, wanted) => handler.touch?.(narrowed(event), wanted),
    apply: (event, rows) => handler.apply(narrowed(event), rows),
  };
}

/** Returns the handler of an event that is recorded in the ledger and changes no row. */
export function ledgerOnly<Kind extends ContractKind>(kind: Kind, name: EventName<Kind>): Handler {
  return on(kind, name, { apply: () => undefined });
}
