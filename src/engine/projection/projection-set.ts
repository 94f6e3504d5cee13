/**
 * The projections of all areas: the handlers of each event, the writers of each table, and the dependencies
 * between areas.
 */
import { observedEvent } from '../contract/observed.ts';
import type { ChainTableName } from '../tables.ts';
import type { Links } from './links.ts';
import { observationHandler } from './observations.ts';
import type { Lookup } from './lookup.ts';
import type { Area, EventHandler, Handler, Projection } from './projection.ts';

const noHandlers: readonly never[] = [];

/** The projections of all areas, indexed by the events that they handle. */
export class ProjectionSet {
  readonly projections: readonly Projection[];
  readonly lookups: readonly Lookup[];
  /** All areas, in the order in which they handle an event. */
  readonly areas: readonly Area[];
  /** How rows are linked; null if no area links any. */
  readonly links: Links | null;
  /** The kinds of contracts whose transaction receipts are fetched. */
  readonly receiptKinds: ReadonlySet<string>;
  /** By kind, then by the event's name. */
  readonly #handlers = new Map<string, Map<string, { area: Area; handler: Handler }[]>>();
  readonly #observers: readonly { area: Area; handler: EventHandler }[];

  constructor(projections: readonly Projection[]) {
    this.projections = projections;
    this.lookups = projections.flatMap((projection) => projection.lookups);
    this.areas = projections.map(({ area }) => area);
    this.links = projections.find(({ links }) => links !== undefined)?.links ?? null;
    this.receiptKinds = new Set(projections.flatMap(({ receiptsOf = [] }) => receiptsOf));
    this.#observers = projections.map((projection) => ({
      area: projection.area,
      handler: observationHandler(projection),
    }));
    for (const projection of projections) {
      for (const handler of projection.handlers) {
        const ofKind =
          this.#handlers.get(handler.kind) ?? new Map<string, { area: Area; handler: Handler }[]>();
        const known = ofKind.get(handler.name) ?? [];
        ofKind.set(handler.name, [...known, { area: projection.area, handler }]);
        this.#handlers.set(handler.kind, ofKind);
      }
    }
  }

  /**
   * Returns the handlers of an event, in the order of the areas. Empty for an event that no projection
   * handles.
   */
  handlersOf(kind: string, name: string): readonly { area: Area; handler: EventHandler }[] {
    if (name === observedEvent) return this.#observers;
    return this.#handlers.get(kind)?.get(name) ?? noHandlers;
  }

  isArea(name: string): name is Area {
    return this.projections.some(({ area }) => area === name);
  }

  /** Returns the tables of these areas, each once. */
  tablesOf(areas: Iterable<Area>): Set<ChainTableName> {
    const wanted = new Set(areas);
    return new Set(this.projections.flatMap(({ area, tables }) => (wanted.has(area) ? tables : [])));
  }

  /** Returns the areas that write a table. */
  areasOf(table: ChainTableName): Area[] {
    return this.projections.filter(({ tables }) => tables.includes(table)).map(({ area }) => area);
  }

  /**
   * Returns these areas and all that depend on them, in the order of `areas`. An area depends on another if
   * it reads the other's rows, writes one of its tables, or handles one of its events, because an event takes
   * effect in all areas or in none.
   */
  withDependents(chosen: Iterable<Area>): Area[] {
    const found = new Set(chosen);
    for (const area of found)
      for (const other of this.projections) if (this.#dependsOn(other, area)) found.add(other.area);
    return this.areas.filter((area) => found.has(area));
  }

  #dependsOn({ tables, readsOf, handlers }: Projection, other: Area): boolean {
    if (readsOf?.includes(other) === true) return true;
    const written = this.tablesOf([other]);
    if (tables.some((table) => written.has(table))) return true;
    return handlers.some(({ kind, name }) => this.handlersOf(kind, name).some((one) => one.area === other));
  }
}
