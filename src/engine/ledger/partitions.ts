/**
 * Creates partitions. The ledger and the journal are partitioned by chain, then by block range (drizzle/0003_partitions.sql), and a
 * partition must exist before its first row. src/operations/partitions.ts removes old ranges.
 */
import type { ClientBase } from 'pg';
import type { BlockRange } from '../../primitives/interval.ts';

/** A cache per connection of existing partitions. A connection belongs to one database, and its entry disappears with it. */
const known = new WeakMap<ClientBase, Map<number, BlockRange>>();

/**
 * Creates missing partitions for a chain's blocks, in the open transaction of `client`. Only sessions that create partitions for the same
 * chain wait; reads and writes continue.
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
  // Null: this transaction created the partitions and may be rolled back, so they are not cached.
  if (to !== null) chains.set(chainId, { from: range.from, to });
}
