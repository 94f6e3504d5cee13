/** Which version of each area's projection made the rows. */
import type { ClientBase, Pool } from 'pg';

export interface AreaVersion {
  readonly chainId: number;
  readonly area: string;
  readonly version: number;
}

/** An area that a replay from that block on is due for. */
export interface StaleArea {
  readonly area: string;
  readonly from: number;
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

/** Asks for a replay of these areas from a block on; one that is asked for from an earlier block stays so. */
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
  /** The first block from which rows of an earlier version are left; null if none are. */
  readonly staleFrom: number | null;
}

/** What was recorded of each area, in the order of their names. */
export async function readVersions(client: ClientBase | Pool, chainId: number): Promise<RecordedVersion[]> {
  const { rows } = await client.query<RecordedVersion>(
    `select area, version, stale_from::float8 as "staleFrom" from ledger.projection_versions
     where chain_id = $1 order by area`,
    [chainId],
  );
  return rows;
}

/** The areas that are stale, each from its block on. */
export async function readStale(client: ClientBase, chainId: number): Promise<StaleArea[]> {
  const { rows } = await client.query<StaleArea>(
    `select area, stale_from::float8 as "from" from ledger.projection_versions
     where chain_id = $1 and stale_from is not null order by area`,
    [chainId],
  );
  return rows;
}

/** These areas were folded again from a block on. */
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
