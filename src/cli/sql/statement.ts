/** One statement of SQL, sent such that PostgreSQL itself takes no second one. */
import type { Writable } from 'node:stream';
import { Query } from 'pg';
import type { ClientBase, Connection } from 'pg';

export interface SqlColumn {
  readonly name: string;
  /** PostgreSQL's type, by its OID. */
  readonly type: number;
}

export interface SqlResult {
  /** `SELECT`, `UPDATE`, …; empty where PostgreSQL doesn't say, as for a statement that is nothing but a comment. */
  readonly command: string;
  readonly rowCount: number | null;
  /** Empty if the statement returns no rows. */
  readonly columns: readonly SqlColumn[];
  /** The values as PostgreSQL writes them; null for NULL. */
  readonly rows: readonly (readonly (string | null)[])[];
}

/** Everything stays the text that PostgreSQL sent: what is shown is what is stored. */
const asText = { getTypeParser: () => (value: string) => value };

/**
 * Runs one statement by the extended protocol. Its Parse message accepts a single statement, so PostgreSQL refuses a text of several,
 * however it is disguised. The data of `copy … to stdout` is written to `copied`. Throws pg's DatabaseError
 * if PostgreSQL refuses the statement.
 */
export async function sendStatement(
  client: ClientBase,
  statement: string,
  copied: Writable,
): Promise<SqlResult> {
  const { promise, reject, resolve } = Promise.withResolvers<SqlResult>();
  const query = new ExtendedQuery(statement, copied);
  const rows: (string | null)[][] = [];
  query.on('row', (row) => rows.push(row));
  query.on('error', reject);
  query.on('end', ({ command, fields, rowCount }) => {
    const columns = fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID }));
    resolve({ command: command ?? '', rowCount, columns, rows });
  });
  client.query(query);
  return promise;
}

/** pg's query, which would drop the data of a COPY. */
class ExtendedQuery extends Query<(string | null)[]> {
  readonly #copied: Writable;

  constructor(text: string, copied: Writable) {
    const config = { text, queryMode: 'extended', rowMode: 'array', types: asText };
    super(config);
    this.#copied = copied;
  }

  /** Called by pg for each message of data. */
  handleCopyData({ chunk }: { readonly chunk: Buffer }, { stream }: Connection): void {
    // A copy, since pg's parser writes the next message over this one.
    if (this.#copied.write(Buffer.from(chunk)) || stream.isPaused()) return;
    stream.pause();
    this.#copied.once('drain', () => stream.resume());
  }

  /** Called by pg when a COPY waits for data. Its Sync was sent before and is lost in the COPY, so another must follow. */
  handleCopyInResponse(connection: Connection & { sendCopyFail(reason: string): void }): void {
    connection.sendCopyFail('there is no data to copy');
    connection.sync();
  }
}
