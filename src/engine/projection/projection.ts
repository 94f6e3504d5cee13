/**
 * What a projection is: for each event that it knows, which rows the event touches and what it does to them.
 *
 * Both functions are pure. `touch` is asked first, for all events of a batch, so that one bulk load brings every row that
 * the fold will look at; `apply` then changes rows in memory, event by event, in the chain's order.
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

/** A question for all rows of a table that agree in some columns: declared once, so that it can be loaded in bulk. */
export interface Lookup<Table extends ChainTableName = ChainTableName> {
  readonly table: Table;
  /** The columns that a key gives, in order. */
  readonly columns: readonly (keyof ChainRow<Table> & string)[];
  /** Further columns with the value that the row must have now. */
  readonly having: Partial<ChainRow<Table>>;
}

/** Values of a lookup's columns, in its order. */
export type LookupKey = readonly (string | number | bigint)[];

/** States a lookup, with its columns checked against the table. */
export function lookup<Table extends ChainTableName>(
  table: Table,
  columns: readonly (keyof ChainRow<Table> & string)[],
  having: Partial<ChainRow<Table>> = {},
): Lookup<Table> {
  return { table, columns, having };
}

/** Collects which rows a batch needs. */
export interface Wanted {
  row(table: ChainTableName, id: Uuid): void;
  all<Table extends ChainTableName>(question: Lookup<Table>, key: LookupKey): void;
}

/** What is done with an event. */
export interface EventHandler<Event = ChainEvent> {
  touch(event: Event, wanted: Wanted): void;
  apply(event: Event, rows: Rows): void;
}

export interface Handler extends EventHandler {
  readonly kind: ContractKind;
  readonly name: string;
}

/** What a contract was seen to say of a row. */
export interface ObservedRow {
  readonly table: ChainTableName;
  readonly id: Uuid;
  readonly patch: Readonly<Record<string, RowValue>>;
}

export interface Projection {
  readonly area: Area;
  /** Raised whenever a change to the code changes rows: what was folded by an older version is stale. */
  readonly version: number;
  /** The tables that its handlers write. */
  readonly tables: readonly ChainTableName[];
  /** The areas whose rows its handlers look at without writing them. */
  readonly readsOf?: readonly Area[];
  /** The lookups that its handlers use. */
  readonly lookups: readonly Lookup[];
  readonly handlers: readonly Handler[];
  /** Links from rows of any area to this area's rows; one area of an application at most has them. */
  readonly links?: Links;
  /** The kinds of contracts whose transactions' receipts fill the receipt columns of this area's tables. */
  readonly receiptsOf?: readonly ContractKind[];
  /** What else an observed row needs, such as shared rows that it names. */
  readonly onObserved?: (observed: ObservedRow, rows: Rows) => void;
}

/** One event's handler, its arguments and answer typed by the kind and the event's name. */
export function on<Kind extends ContractKind, Name extends EventName<Kind>>(
  kind: Kind,
  name: Name,
  handler: {
    /** Which rows `apply` will get or change; none where it only inserts. */
    touch?(event: TypedEvent<Kind, Name>, wanted: Wanted): void;
    apply(event: TypedEvent<Kind, Name>, rows: Rows): void;
  },
): Handler {
  // The fold hands a handler only events of its own kind and name, so the narrowing is sound.
  const narrowed = (event: ChainEvent): TypedEvent<Kind, Name> => event as unknown as TypedEvent<Kind, Name>;
  return {
    kind,
    name,
    touch: (event, wanted) => handler.touch?.(narrowed(event), wanted),
    apply: (event, rows) => handler.apply(narrowed(event), rows),
  };
}

/** An event that is kept in the ledger and changes nothing. */
export function ledgerOnly<Kind extends ContractKind>(kind: Kind, name: EventName<Kind>): Handler {
  return on(kind, name, { apply: () => undefined });
}
