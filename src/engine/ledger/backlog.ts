/** The blocks that are ingested and not projected yet. */
import type { ClientBase } from 'pg';

export interface BacklogSize {
  readonly through: number;
  readonly blocks: number;
  readonly logs: number;
}

/** The number of blocks and logs between the two cursors, or null if there are none. */
export async function readBacklog(client: ClientBase, chainId: number): Promise<BacklogSize | null> {
  const { rows } = await client.query<{ through: number; blocks: number; logs: number }>(
    `with ingested as (select block_number from ledger.cursors where chain_id = $1 and stream = 'ingest'),
          projected as (select block_number from ledger.cursors where chain_id = $1 and stream = 'projection')
     select (select block_number from ingested)::float8 as through,
            count(*)::float8 as blocks, coalesce(sum(log_count), 0)::float8 as logs
     from ledger.blocks
     where chain_id = $1 and is_canonical and number <= (select block_number from ingested)
       and number > coalesce((select block_number from projected), -1)`,
    [chainId],
  );
  const size = rows[0];
  return size === undefined || size.blocks === 0 ? null : size;
}
