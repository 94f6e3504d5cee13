/** Results and refusals as a person knows them from psql. */
import Table from 'cli-table3';
import { frameless } from '../output.ts';
import type { DatabaseError } from 'pg';
import { printable } from '../../primitives/text.ts';
import { isNumeric } from './session.ts';
import type { SqlResult } from './session.ts';

const longestCell = 500;
const nullText = '';

/** A result as a table with its row count, or the command's tag where it answers no rows. */
export function formatResult(result: SqlResult): string {
  const { columns, command, rowCount, rows } = result;
  if (columns.length === 0) return rowCount === null || rowCount === 0 ? command : `${command} ${rowCount}`;
  const table = new Table({
    head: columns.map(({ name }) => printable(name)),
    colAligns: columns.map((column) => (isNumeric(column) ? 'right' : 'left')),
    chars: { ...frameless, middle: '|' },
    style: { head: [], border: [], 'padding-left': 1, 'padding-right': 1, compact: true },
  });
  for (const row of rows)
    table.push(row.map((cell) => (cell === null ? nullText : printable(cell, longestCell))));
  const lines = withRule(table.toString().split('\n'), rows.length === 0);
  return [...lines, `(${rows.length} ${rows.length === 1 ? 'row' : 'rows'})`].join('\n');
}

/** The table library draws its lines between all rows or none; psql has one, under the heading. */
function withRule(lines: readonly string[], isEmpty: boolean): string[] {
  const [heading = '', ...rest] = lines.filter((line) => line !== '');
  const rule = heading.replaceAll(/[^|]/gu, '-').replaceAll('|', '+');
  return [heading.trimEnd(), rule, ...(isEmpty ? [] : rest.map((line) => line.trimEnd()))];
}

/** `ERROR:  …`, with the place in the statement, detail and hint where PostgreSQL gives them. */
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
