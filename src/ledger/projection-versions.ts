/** Which version of each area's projection made the rows. */
import type { ClientBase } from 'pg';

export interface AreaVersion {
  readonly chainId: number;
  readonly area: string;
  readonly version: number;
}

/**
 * Records the version that folds an area from now on. Returns whether the area has rows of another version, which are
 * stale from the chain's first block until they are folded again.
 */
export async function recordVersion(
  client: ClientBase,
  { chainId, area, version }: AreaVersion,
): Promise<boolean> {
  const { rows } = await client.query<{ is_stale: boolean }>(
    `insert into ledger.projection_versions as known (chain_id, area, version) values ($1, $2, $3)
     on conflict (chain_id, area) do update set
       stale_from = case when known.version = excluded.version then known.stale_from else 0 end,
       version = excluded.version
     returning stale_from is not null as is_stale`,
    [chainId, area, version],
  );
  return rows[0]?.is_stale ?? false;
}
