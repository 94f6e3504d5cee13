/**
 * What two databases that followed the same chain must agree on, in 32 bytes a table: the SHA-256 of what a plain COPY of the chain's columns
 * prints. The definition is docs/digest.md's, so that anyone can compute it without this program.
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
import { asOfRelation } from './as-of.ts';
import { storedTable } from './stored-table.ts';
import { requireJournal } from './journal-horizon.ts';

export interface TableDigest {
  /** As the database names it. */
  readonly table: string;
  readonly rows: number;
  /** In hex. */
  readonly sha256: string;
  /** The statement whose output was hashed. */
  readonly statement: string;
}

export interface ChainDigest {
  readonly chainId: number;
  /** The block after which the rows stood like this; null where nothing is projected yet. */
  readonly block: { readonly number: number; readonly hash: Hash | null } | null;
  /** In the order of the tables' names. */
  readonly tables: readonly TableDigest[];
  readonly rows: number;
  /** One over all tables: of what `sha256sum` would print of files that are named as the tables. */
  readonly sha256: string;
}

/** Digests every chain-derived table of a chain, all in one snapshot: as it is, or as it was after the block `at`. */
export async function digestChain(pool: Pool, chainId: number, at?: number): Promise<ChainDigest> {
  return await withTransaction(pool, async (client) => await digestTables(client, chainId, at), {
    isolation: 'repeatable read',
    isReadOnly: true,
  });
}

/**
 * The same in the transaction that `client` has open, which must be one snapshot. Memory is constant, whatever the tables hold. Throws a
 * CannotRunError where the rows after that block can't be told.
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

/** For the rest of the transaction: these settings decide how COPY writes times and bytes. */
export async function fixCopyFormat(client: ClientBase): Promise<void> {
  await client.query(
    `set local timezone = 'UTC'; set local datestyle = 'ISO'; set local bytea_output = 'hex'`,
  );
}

/** The hash isn't known where the ledger keeps only some blocks, as it does at the level `logs`. */
async function pastBlock(client: ClientBase, chainId: number, number: number): Promise<ChainDigest['block']> {
  await requireJournal(client, chainId, number);
  return { number, hash: (await canonicalBlock(client, chainId, number))?.hash ?? null };
}

/** The statement whose output is hashed: the chain's own columns in the order of their names, the chain's rows in the order of their ids. */
export function digestStatement(name: ChainTableName, chainId: number, at?: number): string {
  const columns = digestColumnNames(name).map((column) => escapeIdentifier(column));
  const relation =
    at === undefined ? storedTable(name).sqlName : asOfRelation(name, { chainId, blockNumber: at });
  return `copy (select ${columns.join(', ')} from ${relation} where chain_id = ${chainId} order by id) to stdout`;
}

/** The names of a table's columns that count, in byte order: where a column stands in the code changes no digest. */
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

/** What a `copy … to stdout` prints, a line a row, as a number of rows and a hash. Memory is constant. */
export async function digestOutput(
  client: ClientBase,
  statement: string,
): Promise<Pick<TableDigest, 'rows' | 'sha256'>> {
  const sink = new LineHash();
  await pipeline(client.query(copyTo(statement)), sink);
  return sink.result();
}

const lineFeed = 0x0a;

/** Hashes and counts lines: COPY writes a line feed inside a value as an escape, so every one of them ends a row. */
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
