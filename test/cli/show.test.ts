import { types } from 'pg';
import { expect, test } from 'vitest';
import { formatResult } from '../../src/cli/sql/show.ts';

function result(rowCount: number) {
  return {
    command: 'SELECT',
    rowCount,
    columns: [
      { name: 'id', type: types.builtins.INT4 },
      { name: 'name', type: types.builtins.TEXT },
    ],
    rows: Array.from({ length: rowCount }, (_, id) => [String(id), id % 2 === 0 ? `name ${id}` : null]),
  };
}

test('a query result looks like psql’s: numbers right-aligned, NULL empty, a row count', () => {
  expect(formatResult(result(3))).toBe(
    [' id | name', '----+--------', '  0 | name 0', '  1 |', '  2 | name 2', '(3 rows)'].join('\n'),
  );
  expect(formatResult(result(0))).toBe([' id | name', '----+------', '(0 rows)'].join('\n'));
});

test('a large query result is printed completely, under one heading, in linear time', () => {
  const rowCount = 50_000;
  const lines = formatResult(result(rowCount)).split('\n');
  expect(lines).toHaveLength(rowCount + 3);
  expect(lines.filter((line) => line.includes('| name') && line.includes('id'))).toHaveLength(1);
  expect(lines.at(-2)?.trim()).toBe('49999 |');
  expect(lines.at(-1)).toBe('(50000 rows)');
}, 20_000);
