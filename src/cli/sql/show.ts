/** Results and refusals as a person knows them from psql. */
import Table from 'cli-table3';
import { frameless } from '../output.ts';
import type { DatabaseError } from 'pg';
import { printable } from '../../primitives/text.ts';
import { isNumeric } from './session.ts';
import type { SqlResult } from './statement.ts';

const longestCell = 500;
const nullText = '';

/** Formats a result as a table with its row count, or as the command's tag if it returns no rows. */
export function formatResult(result: SqlResult): string {
  const { columns, command, rowCount, rows } = result;
  if (columns.length === 0) return rowCount === null || rowCount === 0 ? command : `${command} ${rowCount}`;
  const groups = Array.from({ length: Math.max(1, Math.ceil(rows.length / rowsAligned)) }, (_, group) =>
    linesOf(columns, rows.slice(group * rowsAligned, (group + 1) * rowsAligned)),
  );
  const [{ heading } = { heading: '' }] = groups;
  const rule = heading.replaceAll(/[^|]/gu, '-').replaceAll('|', '+');
  const body = groups.flatMap(({ lines }) => lines);
  return [heading.trimEnd(), rule, ...body, `(${rows.length} ${rows.length === 1 ? 'row' : 'rows'})`].join(
    '\n',
  );
}

/** Rows whose columns are aligned with each other: the table library's time grows with the square of them. */
const rowsAligned = 1000;

/** The heading, and the lines of these rows under it. */
function linesOf(
  columns: SqlResult['columns'],
  rows: SqlResult['rows'],
): { readonly heading: string; readonly lines: readonly string[] } {
  const table = new Table({
    head: columns.map(({ name }) => printable(name)),
    colAligns: columns.map((column) => (isNumeric(column) ? 'right' : 'left')),
    chars: { ...frameless, middle: '|' },
    style: { head: [], border: [], 'padding-left': 1, 'padding-right': 1, compact: true },
  });
  for (const row of rows)
    table.push(row.map((cell) => (cell === null ? nullText : printable(cell, longestCell))));
  const [heading = '', ...lines] = table
    .toString()
    .split('\n')
    .filter((line) => line !== '');
  return { heading, lines: rows.length === 0 ? [] : lines.map((line) => line.trimEnd()) };
}

/** `ERROR:  …`, with the position in the statement, detail and hint if PostgreSQL reports them. */
export function formatDatabaseError(error: DatabaseError, statement: string): string {
  const lines = [`${error.severity ?? 'ERROR'}:  ${printable(error.message, 2000)}`];
  const position = Number(error.position);
  if (Number.isSafeInteger(position) && position > 0) lines.push(...marked(statement, position));
  if (error.detail !== undefined) lines.push(`DETAIL:  ${printable(error.detail, 2000)}`);
  if (error.hint !== undefined) lines.push(`HINT:  ${printable(error.hint, 2000)}`);
  return lines.join('\n');
}

/** The line that the position (in characters, from 1) lies in, with a mark under it. */
function marked(statement: string, position: number): string[] {
  const before = Array.from(statement)
    .slice(0, position - 1)
    .join('');
  const lineNumber = before.split('\n').length;
  const line = statement.split('\n')[lineNumber - 1] ?? '';
  const column = before.length - (before.lastIndexOf('\n') + 1);
  const label = `LINE ${lineNumber}: `;
  const shown = line.replaceAll('\t', ' ');
  return [`${label}${printable(shown, 2000)}`, `${' '.repeat(label.length + column)}^`];
}
