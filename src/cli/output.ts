/** Output of commands: results on standard output, everything else on standard error. */
import Table from 'cli-table3';
import { printable } from '../primitives/text.ts';
import { exitCodes } from './exit-codes.ts';
import { harmless, toJson } from './terminal.ts';

export function printLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printNote(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Ends the process if its result can't be written. If the reader has closed the output early (`tracechain sql … | head`), that is not an error. */
export function endOnLostOutput(): void {
  process.stdout.on('error', endOnError);
}

/** For a daemon, whose result is in the database: it continues if its output can't be written. */
export function continueOnLostOutput(): void {
  process.stdout.off('error', endOnError);
  process.stdout.on('error', ignore);
}

/** Continues if log lines can't be written, whether the reader is gone (EPIPE, EIO) or the disk is full (ENOSPC). */
export function ignoreLostLogs(): void {
  process.stderr.on('error', ignore);
}

function endOnError(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit();
  printNote(harmless(`tracechain: the output can’t be written: ${error.message}`));
  process.exit(exitCodes.couldNotRun);
}

function ignore(): void {}

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
