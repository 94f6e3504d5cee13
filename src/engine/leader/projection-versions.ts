/** Records the version of each area's projection. If the code is newer than the rows, the area is stale and the daemon logs a warning. */
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { withTransaction } from '../../db/client.ts';
import { recordVersion } from '../ledger/projection-versions.ts';
import type { ProjectionSet } from '../projection/projection-set.ts';
import type { Lease } from './leadership.ts';

/** Records the versions at the first start. Later, marks each area stale whose version has changed. */
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
