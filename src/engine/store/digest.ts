/**
 * Digests of chain-derived tables: two databases that index the same chain have equal digests. A table's digest is the SHA-256 of the
 * output of a plain COPY of the chain-owned columns. docs/digest.md defines it, so that it can be computed without this program.
 */
import { createHash, hash, type Hash as Hasher } from 'node:crypto';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { getTableName } from 'drizzle-orm';
import { type ClientBase, escapeIdentifier, type Pool } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { withTransaction } from '../../db/client.ts';
import { chainTable, chainTableNames, digestColumns, type ChainTableName } from '../tables.ts';
import { canonicalBlock } from '../ledger/blocks.ts';
import { readCursor } from '../ledger/cursors.ts';
import type { Hash } from '../../primitives/hex.ts';
import { asOfRelation, requireJournal } from './as-of.ts';
import { storedTable } from './stored-table.ts';

export interface TableDigest {
  /** The name in the database. */
  readonly table: string;
  readonly rows: number;
  /** In hex. */
  readonly sha256: string;
  /** The statement whose output was hashed. */
  readonly statement: string;
}

export interface ChainDigest {
  readonly chainId: number;
  /** The block after which the rows had this state, or null if no block is projected yet. */
  readonly block: { readonly number: number; readonly hash: Hash | null } | null;
  /** Ordered by table name. */
  readonly tables: readonly TableDigest[];
  readonly rows: number;
  /** One digest over all tables: the SHA-256 of the output that `sha256sum` would print for files named after the tables. */
  readonly sha256: string;
}

/**
 * Computes the digests of all chain-derived tables of a chain in one snapshot: of the current rows, or of the rows after the block `at`.
 */
export async function digestChain(pool: Pool, chainId: number, at?: number): Promise<ChainDigest> {
  return await withTransaction(pool, async (client) => await digestTables(client, chainId, at), {
    isolation: 'repeatable read',
    isReadOnly: true,
  });
}

/**
 * Like `digestChain`, in the open transaction of `client`, which must be a snapshot. Memory use is constant. Throws a CannotRunError if the
 * rows after that block are not available.
 */
export async function digestTables(client: ClientBase, chainId: number, at?: number): Promise<ChainDigest> {
  await fixCopyFormat(client);
  const block =
    at === undefined ? await readCursor(client, chainId, 'projection') : await pastBlock(client, chainId, at);
  const tables: TableDigest[] = [];
  for (const name of tablesByName())
    tables.push(await digestTable(client, name, digestStatement(name, chainId, at)));
  return {
    chainId,
    block,
    tables,
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    sha256: hash('sha256', tables.map(({ table, sha256 }) => `${sha256}  ${table}\n`).join(''), 'hex'),
  };
}

/** Sets the session settings that determine how COPY writes times and bytes, until the end of the transaction. */
export async function fixCopyFormat(client: ClientBase): Promise<void> {
  await client.query(
    `set local timezone = 'UTC'; set local datestyle = 'ISO'; set local bytea_output = 'hex'`,
  );
}

/** The hash is unknown if the ledger stores only some blocks, as at the level `logs`. */
async function pastBlock(client: ClientBase, chainId: number, number: number): Promise<ChainDigest['block']> {
  await requireJournal(client, chainId, number);
  return { number, hash: (await canonicalBlock(client, chainId, number))?.hash ?? null };
}

/** The statement whose output is hashed: the chain-owned columns ordered by name, and the chain's rows ordered by id. */
export function digestStatement(name: ChainTableName, chainId: number, at?: number): string {
  const columns = digestColumnNames(name).map((column) => escapeIdentifier(column));
  const relation =
    at === undefined ? storedTable(name).sqlName : asOfRelation(name, { chainId, blockNumber: at });
  return `copy (select ${columns.join(', ')} from ${relation} where chain_id = ${chainId} order by id) to stdout`;
}

/** The names of the digested columns in byte order, so that the order of columns in the code does not change a digest. */
function digestColumnNames(name: ChainTableName): string[] {
  return Object.values(digestColumns(name))
    .map((column) => column.name)
    .toSorted();
}

function tablesByName(): ChainTableName[] {
  const key = (name: ChainTableName): string => getTableName(chainTable(name).table);
  return chainTableNames().toSorted((left, right) => (key(left) < key(right) ? -1 : 1));
}

async function digestTable(
  client: ClientBase,
  name: ChainTableName,
  statement: string,
): Promise<TableDigest> {
  return {
    table: getTableName(chainTable(name).table),
    statement,
    ...(await digestOutput(client, statement)),
  };
}

/** The number and the hash of the rows that a `copy … to stdout` prints, one per line. Memory use is constant. */
export async function digestOutput(
  client: ClientBase,
  statement: string,
): Promise<Pick<TableDigest, 'rows' | 'sha256'>> {
  const sink = new LineHash();
  await pipeline(client.query(copyTo(statement)), sink);
  return sink.result();
}

const lineFeed = 0x0a;

/** Hashes and counts lines. COPY escapes line feeds inside values, so every line feed ends a row. */
class LineHash extends Writable {
  readonly #hasher: Hasher = createHash('sha256');
  #rows = 0;

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#hasher.update(chunk);
    for (let at = chunk.indexOf(lineFeed); at !== -1; at = chunk.indexOf(lineFeed, at + 1)) this.#rows += 1;
    done();
  }

  result(): { rows: number; sha256: string } {
    return { rows: this.#rows, sha256: this.#hasher.digest('hex') };
  }
}
