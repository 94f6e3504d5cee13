/**
 * A projection defines, for each event that it handles, which entities the event concerns and how it changes
 * them.
 *
 * Both functions are pure. `entities` runs first, for all events of a batch, so that one bulk load fetches
 * every row that the fold reads. Then `apply` changes rows in memory, event by event, in chain order.
 */
import type { ContractKind, EventName } from '../contract/kind.ts';
import type { ChainEvent, TypedEvent } from '../contract/events.ts';
import type { Uuid } from '../../primitives/ids.ts';
import type { ChainTableName } from '../tables.ts';
import type { Area } from '../register.ts';
import type { Load, Write } from './entity.ts';
import type { Links } from './links.ts';
import type { Lookup } from './lookup.ts';
import type { RowValue } from './shape.ts';

export type { Area };

/**
 * How an event is handled. `apply` gets what `entities` returned for the same event, so an area cannot read a
 * row that it did not name.
 */
export interface EventHandler<Event = ChainEvent, Entities = unknown> {
  entities(event: Event, load: Load): Entities;
  apply(event: Event, entities: Entities, write: Write): void;
}

/** The handler of one kind's event. */
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
  readonly onObserved?: (observed: ObservedRow, write: Write) => void;
}

/**
 * Returns the handler of one event. Kind and event name determine the types of the arguments and of the
 * answer; what `entities` returns determines the type of what `apply` gets.
 */
export function on<Kind extends ContractKind, Name extends EventName<Kind>, Entities = undefined>(
  kind: Kind,
  name: Name,
  handler: {
    /** Names the rows that `apply` reads or changes; omitted if it only inserts. */
    entities?(event: TypedEvent<Kind, Name>, load: Load): Entities;
    apply(event: TypedEvent<Kind, Name>, entities: NoInfer<Entities>, write: Write): void;
  },
): Handler {
  // The fold calls a handler only with events of its own kind and name, and `apply` only with the result of
  // `entities` for the same event, so both narrowings are sound.
  const narrowed = (event: ChainEvent): TypedEvent<Kind, Name> => event as unknown as TypedEvent<Kind, Name>;
  return {
    kind,
    name,
    entities: (event, load) => handler.entities?.(narrowed(event), load),
    apply: (event, entities, write) => handler.apply(narrowed(event), entities as Entities, write),
  };
}

/** Returns the handler of an event that is recorded in the ledger and changes no row. */
export function ledgerOnly<Kind extends ContractKind>(kind: Kind, name: EventName<Kind>): Handler {
  return on(kind, name, { apply: () => undefined });
}
