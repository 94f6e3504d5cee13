/**
 * The ledger and the journal are partitioned by chain, then by range of blocks (drizzle/0003_partitions.sql): room is made before
 * it is written to, and retention takes whole ranges away.
 */
import { type ClientBase, escapeIdentifier } from 'pg';
import type { BlockRange } from '../primitives/interval.ts';

/** What each connection knows to be there: a connection is of one database, and forgets with its end. */
const known = new WeakMap<ClientBase, Map<number, BlockRange>>();

/**
 * Makes room for a chain's blocks, in the transaction that `client` has open, where there is none yet. Others go on reading and
 * writing; only another session that makes room for the same chain waits.
 */
export async function ensurePartitions(
  client: ClientBase,
  chainId: number,
  range: BlockRange,
): Promise<void> {
  let chains = known.get(client);
  if (chains === undefined) known.set(client, (chains = new Map()));
  const room = chains.get(chainId);
  if (room !== undefined && room.from <= range.from && range.to <= room.to) return;
  const { rows } = await client.query<{ to: number | null }>(
    'select ledger.ensure_partitions($1, $2, $3)::float8 as to',
    [chainId, range.to, range.from],
  );
  const to = rows[0]?.to ?? null;
  // Null: this transaction made them, and may be rolled back.
  if (to !== null) chains.set(chainId, { from: range.from, to });
}

export const partitionedTables = ['blocks', 'logs', 'reads', 'journal'] as const;
export type PartitionedTable = (typeof partitionedTables)[number];

export interface Retention {
  readonly chainId: number;
  /** Only partitions all of whose blocks come before this one; never one that an undo, the fold or a replay may need. */
  readonly beforeBlock: number;
  readonly tables: readonly PartitionedTable[];
  /** Otherwise they stay as tables of their own in the schema `ledger`, to be archived by whoever wants them. */
  readonly drop: boolean;
}

/**
 * Takes old partitions away while others read and write, and returns their names. What was in a dropped ledger partition can't be
 * replayed, what was in a dropped journal partition is gone from the audit trail: nothing calls this by itself.
 *
 * `client` must have no transaction open. Where it fails, what it has already detached stays so; calling it again goes on.
 */
export async function detachPartitionsBefore(client: ClientBase, retention: Retention): Promise<string[]> {
  const { rows } = await client.query<{ partition_name: string; statement: string }>(
    `select partition_name, statement from ledger.detachable_partitions($1, $2) where table_name = any($3::text[])`,
    [retention.chainId, retention.beforeBlock, retention.tables],
  );
  for (const { partition_name: name, statement } of rows) {
    await client.query(statement);
    if (retention.drop) await client.query(`drop table ledger.${escapeIdentifier(name)}`);
  }
  return rows.map((row) => row.partition_name);
}
