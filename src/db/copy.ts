/**
 * Bulk writes by `COPY … FROM STDIN` in its text format.
 *
 * Nearly everything that is written here is text already (hex, decimals, UUIDs), so the text format costs less than building
 * binary values, of which numeric is the dearest.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ClientBase, type Connection, escapeIdentifier } from 'pg';
import { type CopyStreamQuery, from as copyFrom } from 'pg-copy-streams';
import type { Hex } from '../primitives/hex.ts';

/** One column of a COPY: `field` gives a row's value as it stands in the stream, escaped. Made by the functions below. */
export interface CopyColumn<Row> {
  readonly name: string;
  readonly field: (row: Row) => string;
}

const nullField = '\\N';

/** A value whose text form is never in need of escaping: numbers, UUIDs, booleans, labels of our own. */
export function plainColumn<Row>(
  name: string,
  value: (row: Row) => string | number | bigint | boolean | null,
): CopyColumn<Row> {
  return {
    name,
    field: (row) => {
      const given = value(row);
      return given === null ? nullField : String(given);
    },
  };
}

/** A value in PostgreSQL's text form, which may hold anything that PostgreSQL can store. */
export function textColumn<Row>(name: string, value: (row: Row) => string | null): CopyColumn<Row> {
  return {
    name,
    field: (row) => {
      const given = value(row);
      return given === null ? nullField : escapeField(given);
    },
  };
}

/** A bytea, from hex. */
export function hexColumn<Row>(name: string, value: (row: Row) => Hex | null): CopyColumn<Row> {
  return {
    name,
    field: (row) => {
      const given = value(row);
      return given === null ? nullField : `\\\\x${given.slice(2)}`;
    },
  };
}

/** A bytea[], from hex. */
export function hexArrayColumn<Row>(name: string, values: (row: Row) => readonly Hex[]): CopyColumn<Row> {
  // Inside the array's quotes the bytea's backslash is doubled, and COPY doubles each of those again.
  return {
    name,
    field: (row) =>
      `{${values(row)
        .map((hex) => `"\\\\\\\\x${hex.slice(2)}"`)
        .join(',')}}`,
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
  const sink = client.query(copyAtOnce(`copy ${table} (${names}) from stdin`));
  await pipeline(Readable.from(encodedChunks(columns, rows), { objectMode: false }), sink);
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

const chunkLength = 128 * 1024;

function* encodedChunks<Row>(columns: readonly CopyColumn<Row>[], rows: readonly Row[]): Generator<Buffer> {
  let text = '';
  for (const row of rows) {
    let separator = '';
    for (const column of columns) {
      text += separator + column.field(row);
      separator = '\t';
    }
    text += '\n';
    if (text.length >= chunkLength) {
      yield Buffer.from(text, 'utf8');
      text = '';
    }
  }
  if (text !== '') yield Buffer.from(text, 'utf8');
}

const special = /[\\\t\n\r]/;
const specials = /[\\\t\n\r]/g;
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function escapeField(text: string): string {
  if (!special.test(text)) return text;
  return text.replace(specials, (character) => escapes[character] ?? character);
}
