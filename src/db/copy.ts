/**
 * Bulk writes by `COPY … FROM STDIN` in its text format.
 *
 * Nearly everything that is written here is text already (hex, decimals, UUIDs), so the text format costs less than building
 * binary values, of which numeric is the dearest.
 *
 * A pipelined connection can't COPY; there the rows are inserted by one statement.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ClientBase, type Connection, escapeIdentifier } from 'pg';
import { type CopyStreamQuery, from as copyFrom } from 'pg-copy-streams';
import type { Hex } from '../primitives/hex.ts';
import { CopyText } from './copy-text.ts';
import { isPipelined } from './pipeline.ts';

/** One column of the rows that are written. Made by the functions below. */
export interface CopyColumn<Row> {
  readonly name: string;
  /** Writes a row's value as it stands in a COPY's stream. */
  readonly write: (row: Row, out: CopyText) => void;
  /** A row's value as it stands in the JSON of an insert: its text form as a string, unless it is JSON itself. */
  readonly json: (row: Row) => string;
}

/** A value whose text form is never in need of escaping: numbers, UUIDs, booleans, labels of our own. */
export function plainColumn<Row>(
  name: string,
  value: (row: Row) => string | number | bigint | boolean | null,
): CopyColumn<Row> {
  return {
    name,
    write: (row, out) => {
      const given = value(row);
      if (given === null) out.none();
      else if (Number.isSafeInteger(given)) out.integer(given as number);
      else out.plain(String(given));
    },
    json: (row) => {
      const given = value(row);
      return given === null ? 'null' : `"${String(given)}"`;
    },
  };
}

/** A value in PostgreSQL's text form, which may hold anything that PostgreSQL can store. */
export function textColumn<Row>(name: string, value: (row: Row) => string | null): CopyColumn<Row> {
  return {
    name,
    write: (row, out) => {
      const given = value(row);
      if (given === null) out.none();
      else out.text(given);
    },
    json: (row) => JSON.stringify(value(row)),
  };
}

/** A jsonb, from its JSON text. */
export function jsonColumn<Row>(name: string, value: (row: Row) => string | null): CopyColumn<Row> {
  return { ...textColumn(name, value), json: (row) => value(row) ?? 'null' };
}

/** A bytea, from hex. */
export function hexColumn<Row>(name: string, value: (row: Row) => Hex | null): CopyColumn<Row> {
  return {
    name,
    write: (row, out) => {
      const given = value(row);
      if (given === null) out.none();
      else out.bytes(given);
    },
    json: (row) => {
      const given = value(row);
      return given === null ? 'null' : `"\\\\x${given.slice(2)}"`;
    },
  };
}

/** Inside the array's quotes the bytea's backslash is doubled, and COPY doubles each of those again. */
const backslashesInArray = 4;

/** A bytea[], from hex. */
export function hexArrayColumn<Row>(name: string, values: (row: Row) => readonly Hex[]): CopyColumn<Row> {
  return {
    name,
    write: (row, out) => {
      out.plain('{');
      let separator = '"';
      for (const hex of values(row)) {
        out.plain(separator);
        out.bytes(hex, backslashesInArray);
        separator = '","';
      }
      out.plain(separator === '"' ? '}' : '"}');
    },
    json: (row) =>
      `"{${values(row)
        .map((hex) => `\\"\\\\\\\\x${hex.slice(2)}\\"`)
        .join(',')}}"`,
  };
}

/**
 * Copies `rows` into `table` (an SQL name, quoted where it has to be), in the transaction that `client` has open. A refused row
 * refuses all of them, with PostgreSQL's error.
 */
export async function copyRows<Row>(
  client: ClientBase,
  table: string,
  columns: readonly CopyColumn<Row>[],
  rows: readonly Row[],
): Promise<void> {
  if (rows.length === 0) return;
  const names = columns.map((column) => escapeIdentifier(column.name)).join(', ');
  if (isPipelined(client)) {
    // The table's own row type says what every text is to become: one statement text a table, which is prepared once.
    const statement = `insert into ${table} (${names}) select ${names} from json_populate_recordset(null::${table}, $1::json)`;
    await client.query(statement, [jsonOf(columns, rows)]);
    return;
  }
  const sink = client.query(copyAtOnce(`copy ${table} (${names}) from stdin`));
  const out = new CopyText();
  await pipeline(Readable.from(encodedChunks(columns, rows, out), { objectMode: false }), sink);
  // The server has said that it has all of it. After a failure the connection may still hold some.
  out.release();
}

/** What pg calls on the stream when the server is ready for the rows; its types leave that out. */
interface ServerReady {
  handleCopyInResponse(connection: Connection): void;
}

/**
 * A COPY whose rows follow the statement without waiting for the server's word that it is ready for them: a round trip less. The
 * protocol allows for it, since a server that refuses the statement ignores what comes after it:
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY
 */
function copyAtOnce(statement: string): CopyStreamQuery {
  const stream = copyFrom(statement) as CopyStreamQuery & ServerReady;
  const submit = stream.submit.bind(stream);
  stream.submit = (connection) => {
    submit(connection);
    // When the word does come it finds nothing left to do.
    stream.handleCopyInResponse(connection);
  };
  return stream;
}

function* encodedChunks<Row>(
  columns: readonly CopyColumn<Row>[],
  rows: readonly Row[],
  out: CopyText,
): Generator<Buffer> {
  for (const row of rows) {
    writeRow(columns, row, out);
    if (out.isFull) yield out.take();
  }
  yield out.take();
}

function writeRow<Row>(columns: readonly CopyColumn<Row>[], row: Row, out: CopyText): void {
  for (const column of columns) {
    column.write(row, out);
    out.endField();
  }
  out.endRow();
}

function jsonOf<Row>(columns: readonly CopyColumn<Row>[], rows: readonly Row[]): string {
  const keys = columns.map(({ name }) => `${JSON.stringify(name)}:`);
  const objects = rows.map(
    (row) => `{${columns.map(({ json }, index) => `${keys[index]}${json(row)}`).join(',')}}`,
  );
  return `[${objects.join(',')}]`;
}
