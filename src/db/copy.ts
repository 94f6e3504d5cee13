/**
 * Bulk writes by `COPY … FROM STDIN` in its text format.
 *
 * Nearly everything that is written here is text already (hex, decimals, UUIDs), so the text format costs less than building
 * binary values, of which numeric is the dearest.
 */
import { type ClientBase, type Connection, escapeIdentifier, Query } from 'pg';
import type { Hex } from '../primitives/hex.ts';
import type { CooperativeSteps } from '../primitives/steps.ts';
import { CopyText } from './copy-text.ts';

/** One column of the rows that are written. Made by the functions below. */
export interface CopyColumn<Row> {
  readonly name: string;
  /** Writes a row's value as it stands in a COPY's stream. */
  readonly write: (row: Row, out: CopyText) => void;
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
  };
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
  };
}

/** Rows of one table, ready to be sent. */
export interface EncodedRows {
  readonly statement: string;
  readonly chunks: Iterable<Buffer>;
  /** To be called when the server has all of them: the chunks are filled with others then. */
  readonly release: () => void;
}

/** Encodes rows for `table` (an SQL name, quoted where it has to be). */
export function* encodeRows<Row>(
  table: string,
  columns: readonly CopyColumn<Row>[],
  rows: readonly Row[],
): CooperativeSteps<EncodedRows> {
  const encoded = encodedWhenSent(table, columns, rows);
  const chunks: Buffer[] = [];
  for (const chunk of encoded.chunks) {
    chunks.push(chunk);
    yield;
  }
  return { ...encoded, chunks };
}

/**
 * Sends encoded rows, in the transaction that `client` has open. A refused row refuses all of them, with PostgreSQL's error.
 */
export async function sendRows(
  client: ClientBase,
  { statement, chunks, release }: EncodedRows,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    client.query(
      new CopyQuery(statement, chunks, (error) => {
        if (error) reject(error);
        else resolve();
      }),
    );
  });
  // The server has said that it has all of it. After a failure the connection may still hold some.
  release();
}

/** Copies `rows` into `table` as `sendRows` does, each chunk encoded while the server is at work on the one before. */
export async function copyRows<Row>(
  client: ClientBase,
  table: string,
  columns: readonly CopyColumn<Row>[],
  rows: readonly Row[],
): Promise<void> {
  if (rows.length > 0) await sendRows(client, encodedWhenSent(table, columns, rows));
}

function encodedWhenSent<Row>(
  table: string,
  columns: readonly CopyColumn<Row>[],
  rows: readonly Row[],
): EncodedRows {
  const names = columns.map((column) => escapeIdentifier(column.name)).join(', ');
  const out = new CopyText();
  return {
    statement: `copy ${table} (${names}) from stdin`,
    chunks: encodedChunks(columns, rows, out),
    release: () => out.release(),
  };
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

type Done = (error: unknown) => void;

/**
 * A COPY whose rows follow the statement without waiting for the server's word that it is ready for them: a round trip less, and no
 * reason why statements behind it would have to wait. The protocol allows for it, since a server that refuses the statement ignores what
 * comes after it: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY
 */
class CopyQuery extends Query {
  override readonly submit: (connection: Connection) => void;

  constructor(statement: string, chunks: Iterable<Buffer>, done: Done) {
    let failure: unknown;
    super(statement, (error: Error | undefined) => done(failure ?? error));
    this.submit = (connection) => {
      const { stream } = connection;
      stream.cork();
      connection.query(statement);
      try {
        for (const chunk of chunks) {
          stream.write(messageHead(copyDataCode, chunk.length));
          stream.write(chunk);
          // On its way, while the next one is encoded.
          stream.uncork();
          stream.cork();
        }
        stream.write(messageHead(copyDoneCode, 0));
      } catch (error) {
        failure = error;
        const reason = Buffer.from('a row couldn’t be encoded\0');
        stream.write(messageHead(copyFailCode, reason.length));
        stream.write(reason);
      }
      stream.uncork();
    };
  }

  /** The server's word that it is ready: what it would wait for is on its way. */
  handleCopyInResponse(): void {}
}

const copyDataCode = 0x64;
const copyDoneCode = 0x63;
const copyFailCode = 0x66;
const lengthBytes = 4;

/** https://www.postgresql.org/docs/current/protocol-message-formats.html: a message's length counts itself. */
function messageHead(code: number, bodyBytes: number): Buffer {
  const head = Buffer.allocUnsafe(1 + lengthBytes);
  head[0] = code;
  head.writeUInt32BE(lengthBytes + bodyBytes, 1);
  return head;
}

function writeRow<Row>(columns: readonly CopyColumn<Row>[], row: Row, out: CopyText): void {
  for (const column of columns) {
    column.write(row, out);
    out.endField();
  }
  out.endRow();
}
