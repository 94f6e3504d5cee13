/**
 * Bulk writes with `COPY … FROM STDIN` in its text format.
 *
 * Most values are already text (hex, decimals, UUIDs), so the text format is cheaper than building binary values, of which numeric is the
 * most expensive.
 */
import { type ClientBase, type Connection, escapeIdentifier, Query } from 'pg';
import type { Hex } from '../primitives/hex.ts';
import type { CooperativeSteps } from '../primitives/steps.ts';
import { CopyText } from './copy-text.ts';

/** One column of the rows to write. Created by the functions below. */
export interface CopyColumn<Row> {
  readonly name: string;
  /** Writes a row's value in COPY's text format. */
  readonly write: (row: Row, out: CopyText) => void;
}

/** A column whose text never needs escaping: numbers, UUIDs, booleans, enum labels. */
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

/** A column of values in PostgreSQL's text format, which may contain any storable character. */
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

/** A bytea column, from hex. */
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

/** Inside the array's quotes the bytea's backslash is doubled, and COPY doubles each of them again. */
const backslashesInArray = 4;

/** A bytea[] column, from hex. */
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

/** Encoded rows of one table. */
export interface EncodedRows {
  readonly statement: string;
  readonly chunks: Iterable<Buffer>;
  /** Call it when the server has received all rows. The chunks are then reused. */
  readonly release: () => void;
}

/** Encodes rows for `table` (a SQL name, quoted if necessary). */
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

/** Sends encoded rows in the open transaction of `client`. If PostgreSQL refuses one row, it refuses all of them with its error. */
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
  // The server has confirmed receipt. After a failure the connection may still refer to the chunks, so they are not released.
  release();
}

/** Copies `rows` into `table` like `sendRows`, and encodes each chunk while the server processes the previous one. */
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
 * A COPY that sends its rows directly after the statement, without waiting for the server's CopyInResponse. This saves a round trip and
 * lets later statements be pipelined. The protocol permits it, because a server that refuses the statement ignores the data after it:
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY
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
          // Flush the chunk while the next one is encoded.
          stream.uncork();
          stream.cork();
        }
        stream.write(messageHead(copyDoneCode, 0));
      } catch (error) {
        failure = error;
        const reason = Buffer.from('a row could not be encoded\0');
        stream.write(messageHead(copyFailCode, reason.length));
        stream.write(reason);
      }
      stream.uncork();
    };
  }

  /** The rows are already being sent, so the response needs no action. */
  handleCopyInResponse(): void {}
}

const copyDataCode = 0x64;
const copyDoneCode = 0x63;
const copyFailCode = 0x66;
const lengthBytes = 4;

/** https://www.postgresql.org/docs/current/protocol-message-formats.html: a message's length includes itself. */
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
