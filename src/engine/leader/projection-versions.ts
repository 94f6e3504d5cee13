/** Which version of each area's projection made the rows: where the code is newer, the area is stale, and the daemon says so. */
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { withTransaction } from '../../db/client.ts';
import { recordVersion } from '../ledger/projection-versions.ts';
import type { ProjectionSet } from '../projection/fold.ts';
import type { Lease } from './leadership.ts';

/** Records the versions at the first start; later, marks an area stale whose version has changed since. */
export async function recordProjectionVersions(
  pool: Pool,
  lease: Lease,
  projections: ProjectionSet,
  logger: Logger,
): Promise<void> {
  const { chainId } = lease;
  const stale = await withTransaction(pool, async (client) => {
    await lease.fence(client);
    const areas: string[] = [];
    for (const { area, version } of projections.projections) {
      if (await recordVersion(client, { chainId, area, version })) areas.push(area);
    }
    return areas;
  });
  if (stale.length > 0) {
    logger.warn(
      { chainId, areas: stale },
      'projections have changed since their rows were made: older rows are stale',
    );
  }
}
