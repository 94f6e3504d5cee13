/**
 * Overlays an unsaved effect on stored rows, so that the next batch can be projected while PostgreSQL saves
 * this one (pipelined).
 */
import type { Uuid } from '../../primitives/ids.ts';
import type { BatchEffect } from './fold.ts';
import type { RowSource } from './project.ts';
import type { LoadedRow, WantedRows } from './rows.ts';

type Effect = Pick<BatchEffect, 'changes'>;

/**
 * Returns the rows in their state after the save of the effect. `rows` may already include some of the
 * effect.
 */
export function overlay(rows: RowSource, effect: Effect): RowSource {
  return {
    async load(wanted) {
      const stored = await rows.load({ ...wanted, rows: withoutChanged(wanted.rows, effect) });
      return withChanged(stored, wanted, effect);
    },
  };
}

/** The wanted ids that the effect does not have. */
function withoutChanged(wanted: WantedRows['rows'], { changes }: Effect): WantedRows['rows'] {
  const left = new Map([...wanted].map(([table, ids]) => [table, new Set(ids.keys())]));
  for (const { table, inserted, updated } of changes) {
    const ids = left.get(table);
    if (ids === undefined) continue;
    for (const row of inserted) ids.delete(row['id'] as Uuid);
    for (const row of updated) ids.delete(row['id'] as Uuid);
  }
  return left;
}

/** The stored rows, replaced by those that the effect made or changed. */
function withChanged(stored: readonly LoadedRow[], wanted: WantedRows, { changes }: Effect): LoadedRow[] {
  const rows = new Map(stored.map((loaded) => [loaded.row['id'] as Uuid, loaded]));
  const tablesOfLookups = new Set([...wanted.lookups.values()].map(({ question }) => question.table));
  for (const { table, inserted, updated } of changes) {
    const ids = wanted.rows.get(table);
    // Any row of a table may match a lookup; the fold ignores those that do not.
    const hasLookup = tablesOfLookups.has(table);
    if (ids === undefined && !hasLookup) continue;
    for (const row of [...inserted, ...updated]) {
      const id = row['id'] as Uuid;
      if (hasLookup || ids?.has(id) === true) rows.set(id, { table, row });
    }
  }
  return [...rows.values()];
}
