/** Holds the tables against what the oracle expects, column by column. */
import { isDeepStrictEqual } from 'node:util';
import type { StoredTable } from './database.ts';
import { known } from './history.ts';
import { keyText } from './row.ts';
import type { ExpectedRow, ExpectedTables } from './row.ts';
import { keyColumns, notCompared } from './tables.ts';

export type Difference = string;

/** Every way in which the stored tables aren't the expected ones; none when they agree in every column of every row. */
export function findDifferences(
  expected: ExpectedTables,
  stored: ReadonlyMap<string, StoredTable>,
): Difference[] {
  return Object.entries(expected).flatMap(([table, rows]) =>
    compareTable(table, rows, known(stored.get(table))),
  );
}

function compareTable(table: string, expected: readonly ExpectedRow[], stored: StoredTable): Difference[] {
  const compared = stored.columns.filter((column) => !isLeftOut(table, column));
  const expectedByKey = byKey(table, expected);
  const storedByKey = byKey(table, stored.rows);
  const lost = [...expectedByKey]
    .filter(([key]) => !storedByKey.has(key))
    .map(([key]) => `${key} is missing`);
  const odd = [...storedByKey]
    .filter(([key]) => !expectedByKey.has(key))
    .map(([key]) => `${key} shouldn't be there`);
  const unequal = [...expectedByKey].flatMap(([key, row]) => {
    const found = storedByKey.get(key);
    return found === undefined
      ? []
      : compared.flatMap((column) => compareValue(`${key}.${column}`, row, found, column));
  });
  return [...lost, ...odd, ...unequal];
}

function compareValue(
  place: string,
  expected: ExpectedRow,
  stored: ExpectedRow,
  column: string,
): Difference[] {
  if (!(column in expected)) return [`${place} is neither compared nor listed as left out`];
  if (isDeepStrictEqual(expected[column], stored[column])) return [];
  return [`${place} is ${JSON.stringify(stored[column])}, not ${JSON.stringify(expected[column])}`];
}

function isLeftOut(table: string, column: string): boolean {
  return column in (notCompared['*'] ?? {}) || column in (notCompared[table] ?? {});
}

/** Throws where two rows have one key: then they couldn't be told apart. */
function byKey(table: string, rows: readonly ExpectedRow[]): Map<string, ExpectedRow> {
  const found = new Map<string, ExpectedRow>();
  for (const row of rows) {
    const key = `${table}(${known(keyColumns[table])
      .map((column) => keyText(row[column]))
      .join(', ')})`;
    if (found.has(key)) throw new Error(`two rows are ${key}`);
    found.set(key, row);
  }
  return found;
}
