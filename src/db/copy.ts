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
import { isPipelined } from './pipeline.ts';

/** One column of the rows that are written. Made by the functions below. */
export interface CopyColumn<Row> {
  readonly name: string;
  /** A row's value as it stands in a COPY's stream, escaped. */
  readonly field: (row: Row) => string;
  /** A row's value as it stands in the JSON of an insert: its text form as a string, unless it is JSON itself. */
  readonly json: (row: Row) => string;
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
    field: (row) => {
      const given = value(row);
      return given === null ? nullField : escapeField(given);
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
    field: (row) => {
      const given = value(row);
      return given === null ? nullField : `\\\\x${given.slice(2)}`;
    },
    json: (row) => {
      const given = value(row);
      return given === null ? 'null' : `"\\\\x${given.slice(2)}"`;
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

function jsonOf<Row>(columns: readonly CopyColumn<Row>[], rows: readonly Row[]): string {
  const keys = columns.map(({ name }) => `${JSON.stringify(name)}:`);
  const objects = rows.map(
    (row) => `{${columns.map(({ json }, index) => `${keys[index]}${json(row)}`).join(',')}}`,
  );
  return `[${objects.join(',')}]`;
}

const special = /[\\\t\n\r]/;
const specials = /[\\\t\n\r]/g;
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function escapeField(text: string): string {
  if (!special.test(text)) return text;
  return text.replace(specials, (character) => escapes[character] ?? character);
}
