/** Compares the tables with the fold of the ledger: missing rows, extra rows, and rows that differ. */
import type { ChainTableName } from '../../tables.ts';
import type { Uuid } from '../../../primitives/ids.ts';
import type { AnyRow } from '../../projection/entity.ts';
import { comparedProperties, sameValue } from '../expectations/row-values.ts';
import type { ShadowRows } from './shadow-fold.ts';
import type { StoredRows } from './stored-rows.ts';

/** A row on which the table and the fold disagree. The side that lacks the row is null. */
export interface RowDifference {
  readonly table: ChainTableName;
  readonly id: Uuid;
  readonly ledger: AnyRow | null;
  readonly stored: AnyRow | null;
}

export interface TableComparison {
  readonly differences: readonly RowDifference[];
  readonly rows: number;
  readonly fields: number;
}

/** Compares a whole table. The fold must be complete. */
export async function compareTable(
  table: ChainTableName,
  shadow: ShadowRows,
  stored: StoredRows,
): Promise<TableComparison> {
  const expected = shadow.table(table);
  const seen = new Set<Uuid>();
  const differences: RowDifference[] = [];
  for await (const rows of stored.all(table)) {
    for (const row of rows) {
      const id = row['id'] as Uuid;
      seen.add(id);
      const difference = compareRow(table, id, expected.get(id) ?? null, row);
      if (difference !== null) differences.push(difference);
    }
  }
  const unseen = [...expected.keys()].filter((id) => !seen.has(id));
  // The row may exist with another chain id.
  const elsewhere = new Map((await stored.byId(table, unseen)).map((row) => [row['id'] as Uuid, row]));
  for (const id of unseen) {
    const difference = compareRow(table, id, expected.get(id) ?? null, elsewhere.get(id) ?? null);
    if (difference !== null) differences.push(difference);
  }
  const rows = seen.size + unseen.length;
  return { differences, rows, fields: rows * comparedProperties(table).length };
}

/** Compares some rows of a table. */
export async function compareSome(
  table: ChainTableName,
  ids: readonly Uuid[],
  shadow: ShadowRows,
  stored: StoredRows,
): Promise<TableComparison> {
  const expected = shadow.table(table);
  const found = new Map((await stored.byId(table, ids)).map((row) => [row['id'] as Uuid, row]));
  const differences = ids.flatMap(
    (id) => compareRow(table, id, expected.get(id) ?? null, found.get(id) ?? null) ?? [],
  );
  return { differences, rows: ids.length, fields: ids.length * comparedProperties(table).length };
}

function compareRow(
  table: ChainTableName,
  id: Uuid,
  ledger: AnyRow | null,
  stored: AnyRow | null,
): RowDifference | null {
  if (ledger === null && stored === null) return null;
  if (ledger === null || stored === null || differingProperties(table, ledger, stored).length > 0)
    return { table, id, ledger, stored };
  return null;
}

/** The compared properties whose values differ. */
export function differingProperties(table: ChainTableName, left: AnyRow, right: AnyRow): string[] {
  return comparedProperties(table).filter(
    (property) => !sameValue(left[property] ?? null, right[property] ?? null),
  );
}
