/**
 * The ledger and the journal are partitioned by chain, then by range of blocks (drizzle/0003_partitions.sql): room is made before
 * it is written to. What takes old ranges away is src/operations/partitions.ts.
 */
import type { ClientBase } from 'pg';
import type { BlockRange } from '../../primitives/interval.ts';

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
