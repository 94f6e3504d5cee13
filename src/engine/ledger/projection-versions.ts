/** The version of each area's projection that made its rows. */
import type { ClientBase, Pool } from 'pg';

export interface AreaVersion {
  readonly chainId: number;
  readonly area: string;
  readonly version: number;
}

/** An area that needs a replay from that block on. */
export interface StaleArea {
  readonly area: string;
  readonly from: number;
}

/**
 * Records the version that folds an area from now on. Returns whether the area has rows of another version; those rows are stale from the
 * chain's first block until a replay.
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

/** Marks these areas as needing a replay from a block on. An earlier mark with a lower block is kept. */
export async function markStale(
  client: ClientBase,
  chainId: number,
  { areas, from }: { readonly areas: readonly string[]; readonly from: number },
): Promise<void> {
  await client.query(
    `update ledger.projection_versions set stale_from = least(coalesce(stale_from, $3), $3)
     where chain_id = $1 and area = any($2)`,
    [chainId, areas, from],
  );
}

export interface RecordedVersion {
  readonly area: string;
  readonly version: number;
  /** The first block with rows of an earlier version, or null if there are none. */
  readonly staleFrom: number | null;
}

/** The recorded version of each area, ordered by name. */
export async function readVersions(client: ClientBase | Pool, chainId: number): Promise<RecordedVersion[]> {
  const { rows } = await client.query<RecordedVersion>(
    `select area, version, stale_from::float8 as "staleFrom" from ledger.projection_versions
     where chain_id = $1 order by area`,
    [chainId],
  );
  return rows;
}

/** The stale areas, each with its first stale block. */
export async function readStale(client: ClientBase, chainId: number): Promise<StaleArea[]> {
  const { rows } = await client.query<StaleArea>(
    `select area, stale_from::float8 as "from" from ledger.projection_versions
     where chain_id = $1 and stale_from is not null order by area`,
    [chainId],
  );
  return rows;
}

/** Removes the stale mark of areas that were re-projected from a block on. */
export async function clearStale(
  client: ClientBase,
  chainId: number,
  { areas, from }: { readonly areas: readonly string[]; readonly from: number },
): Promise<void> {
  await client.query(
    `update ledger.projection_versions set stale_from = null
     where chain_id = $1 and area = any($2) and stale_from >= $3`,
    [chainId, areas, from],
  );
}
