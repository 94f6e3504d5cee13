/** Output of commands: results on standard output, everything else on standard error. */
import Table from 'cli-table3';
import { printable } from '../primitives/text.ts';
import { toJson } from './terminal.ts';

export function printLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printNote(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Removes the table library's frames, so that tables read as text. */
export const frameless = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Prints one JSON document, indented. */
export function printJson(value: unknown): void {
  printLine(toJson(value, 2));
}

/** Formats rows under a heading, without frames, as wide as their contents. Control characters in cells are escaped. */
export function formatTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({ head: [...heading], chars: frameless, style: { ...unstyled } });
  for (const row of rows) table.push(row.map((cell) => printable(cell, longestCell)));
  return trimmed(table.toString());
}

/** Formats names and values in two columns. */
export function formatFacts(facts: readonly (readonly [name: string, value: string])[]): string {
  const table = new Table({ chars: frameless, style: { ...unstyled } });
  for (const [name, value] of facts) table.push([name, printable(value, longestCell)]);
  return trimmed(table.toString());
}

const longestCell = 1000;
const unstyled = { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true };
function trimmed(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
