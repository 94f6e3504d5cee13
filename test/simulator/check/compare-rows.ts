/**
 * Compares the database's rows with the clean run's, column by column, also after undoing the journal down to
 * an earlier block.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Client } from 'pg';
import { chainTableNames, digestColumns, type ChainTableName } from '../../../src/engine/tables.ts';
import type { Uuid } from '../../../src/primitives/ids.ts';
import type { AnyRow } from '../../../src/engine/projection/entity.ts';
import { storedTable } from '../../../src/engine/store/stored-table.ts';
import { undoAfter } from '../../../src/engine/store/undo.ts';
import type { NaiveState, TableRows } from '../naive/tables.ts';

const differencesShown = 6;

/** Returns the differences; empty if all rows are equal. */
export async function compareRows(client: Client, chainId: number, wanted: NaiveState): Promise<string[]> {
  const differences: string[] = [];
  for (const name of chainTableNames()) {
    const stored = await readRows(client, chainId, name);
    differences.push(...compareTable(name, stored, wanted.tables.get(name) ?? new Map()));
  }
  differences.push(...(await missingShared(client, 'users', wanted.users)));
  differences.push(...(await missingShared(client, 'compliance_standards', wanted.standards)));
  return differences.slice(0, differencesShown);
}

/**
 * Undoes the journal after a block, compares with the clean run's state at that block, and rolls everything
 * back.
 */
export async function compareUndone(
  client: Client,
  chainId: number,
  blockNumber: number,
  wanted: NaiveState,
): Promise<string[]> {
  await client.query('begin');
  try {
    await undoAfter(client, chainId, blockNumber);
    const differences = await compareRows(client, chainId, wanted);
    return differences.map((difference) => `undone to block ${blockNumber}: ${difference}`);
  } catch (error) {
    return [`undone to block ${blockNumber}: ${String(error)}`];
  } finally {
    await client.query('rollback');
  }
}

async function readRows(client: Client, chainId: number, name: ChainTableName): Promise<Map<Uuid, AnyRow>> {
  const { columns, sqlName } = storedTable(name);
  const { rows } = await client.query<unknown[]>({
    text: `select ${columns.map((column) => column.select).join(', ')} from ${sqlName} where chain_id = $1`,
    values: [chainId],
    rowMode: 'array',
  });
  return new Map(
    rows.map((fields) => {
      const row = Object.fromEntries(
        columns.map((column, index) => [column.property, column.decode(fields[index] ?? null)]),
      );
      return [row['id'] as Uuid, row];
    }),
  );
}

function compareTable(name: ChainTableName, stored: TableRows, wanted: TableRows): string[] {
  const properties = Object.keys(digestColumns(name));
  const lost = [...wanted]
    .filter(([id]) => !stored.has(id))
    .map(([id, row]) => `${name} ${id} of block ${shown(row['blockNumber'])} is missing`);
  const odd = [...stored]
    .filter(([id]) => !wanted.has(id))
    .map(([id, row]) => `${name} ${id} of block ${shown(row['blockNumber'])} shouldn't be there`);
  const unequal = [...wanted].flatMap(([id, row]) => {
    const found = stored.get(id);
    if (found === undefined) return [];
    return properties
      .filter((property) => !isDeepStrictEqual(plain(found[property]), plain(row[property])))
      .map((property) => `${name} ${id} ${property}: ${shown(found[property])}, not ${shown(row[property])}`);
  });
  return [...lost, ...odd, ...unequal];
}

async function missingShared(client: Client, table: string, wanted: ReadonlySet<Uuid>): Promise<string[]> {
  const { rows } = await client.query<{ id: Uuid }>(`select id from public.${table}`);
  const there = new Set(rows.map(({ id }) => id));
  return [...wanted].filter((id) => !there.has(id)).map((id) => `${table} ${id} is missing`);
}

/** The database returns a document with another key order, and bytes as another class. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return JSON.parse(shown(value)) as unknown;
  return value ?? null;
}

function shown(value: unknown): string {
  return JSON.stringify(value ?? null, (_, inner: unknown) =>
    typeof inner === 'bigint' ? inner.toString() : inner,
  );
}
