/**
 * Rows under an effect that isn't saved yet, so that the next batch can be projected while PostgreSQL saves this one (pipelined).
 */
import type { Uuid } from '../../primitives/ids.ts';
import type { BatchEffect, LoadedRow, WantedRows } from './fold.ts';
import type { RowSource } from './project.ts';

type Effect = Pick<BatchEffect, 'changes'>;

/** The rows as they will be once the effect is saved. It doesn't matter whether `rows` already shows some of it. */
export function overlay(rows: RowSource, effect: Effect): RowSource {
  return {
    async load(wanted) {
      const stored = await rows.load({ ...wanted, rows: withoutChanged(wanted.rows, effect) });
      return withChanged(stored, wanted, effect);
    },
  };
}

/** The wanted ids that the effect doesn't have. */
function withoutChanged(wanted: WantedRows['rows'], { changes }: Effect): WantedRows['rows'] {
  const left = new Map([...wanted].map(([table, ids]) => [table, new Set(ids)]));
  for (const { table, inserted, updated } of changes) {
    const ids = left.get(table);
    if (ids === undefined) continue;
    for (const row of inserted) ids.delete(row['id'] as Uuid);
    for (const row of updated) ids.delete(row['id'] as Uuid);
  }
  return left;
}

/** The stored rows, with those that the effect made or changed in their place. */
function withChanged(stored: readonly LoadedRow[], wanted: WantedRows, { changes }: Effect): LoadedRow[] {
  const rows = new Map(stored.map((loaded) => [loaded.row['id'] as Uuid, loaded]));
  const tablesOfLookups = new Set([...wanted.lookups.values()].map(({ question }) => question.table));
  for (const { table, inserted, updated } of changes) {
    const ids = wanted.rows.get(table);
    // A lookup may lead to any row of its table; the fold leaves out those that don't answer it.
    const hasLookup = tablesOfLookups.has(table);
    if (ids === undefined && !hasLookup) continue;
    for (const row of [...inserted, ...updated]) {
      const id = row['id'] as Uuid;
      if (hasLookup || ids?.has(id) === true) rows.set(id, { table, row });
    }
  }
  return [...rows.values()];
}
