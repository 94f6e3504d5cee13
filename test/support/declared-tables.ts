/** Compares the tables that projections declare with those that their handlers use. */
import { expect } from 'vitest';
import type { ChainTableName } from '../../src/engine/tables.ts';
import { ProjectionSet } from '../../src/engine/projection/projection-set.ts';
import type { Area, Handler, Projection } from '../../src/engine/projection/projection.ts';
import { wrapHandler } from './wrapped-handler.ts';
import { allProjections } from '../../src/tracechain/projections.ts';

type Tables = Map<Area, Set<ChainTableName>>;

export interface UsedTables {
  /** The tables that each area's handlers insert into or update. */
  readonly writes: Tables;
  /** The tables from which they get rows. */
  readonly reads: Tables;
}

/** The same projections, which add every table that a handler uses to `used`. */
export function watchTables(projections: readonly Projection[]): {
  readonly watched: ProjectionSet;
  readonly used: UsedTables;
} {
  const used: UsedTables = { writes: new Map(), reads: new Map() };
  const watched = projections.map((projection) => ({
    ...projection,
    handlers: projection.handlers.map((handler) => watchHandler(handler, projection.area, used)),
  }));
  return { watched: new ProjectionSet(watched), used };
}

function watchHandler(handler: Handler, area: Area, { writes, reads }: UsedTables): Handler {
  const add = (tables: Tables, table: ChainTableName): void => {
    tables.set(area, (tables.get(area) ?? new Set()).add(table));
  };
  return wrapHandler(handler, {
    onRead: (table) => add(reads, table),
    insert: (table, values) => {
      add(writes, table);
      return values;
    },
    onUpdate: (table) => add(writes, table),
  });
}

/** Each area wrote exactly the tables that it declares, and read no others but those of the areas that it declares. */
export function expectDeclared(projections: readonly Projection[], { writes, reads }: UsedTables): void {
  for (const { area, tables, readsOf = [] } of projections) {
    expect([area, ...[...(writes.get(area) ?? [])].toSorted(byText)]).toEqual([
      area,
      ...tables.toSorted(byText),
    ]);
    const readable = allProjections.tablesOf([area, ...readsOf]);
    expect([...(reads.get(area) ?? [])].filter((table) => !readable.has(table))).toEqual([]);
  }
}

function byText(left: string, right: string): number {
  return left < right ? -1 : 1;
}
