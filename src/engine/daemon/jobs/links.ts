/** Goes on linking rows that waited for a product, in bounded steps. */
import type { Pool } from 'pg';
import { withTransaction } from '../../../db/client.ts';
import type { Uuid } from '../../../primitives/ids.ts';
import { linkWaiting } from '../../store/links.ts';
import type { Lease } from '../../leader/leadership.ts';

export async function linkRest(
  pool: Pool,
  lease: Lease,
  productIds: readonly Uuid[],
  signal: AbortSignal,
): Promise<void> {
  let waitedFor = productIds;
  while (waitedFor.length > 0) {
    signal.throwIfAborted();
    waitedFor = await withTransaction(pool, async (client) => {
      await lease.fence(client);
      return await linkWaiting(client, lease.chainId, waitedFor);
    });
  }
}
