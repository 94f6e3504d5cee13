/** Links the rows that waited for new targets, in bounded steps. */
import type { Pool } from 'pg';
import { withTransaction } from '../../../db/client.ts';
import type { Uuid } from '../../../primitives/ids.ts';
import type { Lease } from '../../leader/leadership.ts';
import type { Links } from '../../projection/links.ts';

export interface LinkSettings {
  readonly pool: Pool;
  readonly lease: Lease;
  /** Null for an application without links. */
  readonly links: Links | null;
  readonly signal: AbortSignal;
}

/** Ends when no row waits for these targets any longer. */
export async function linkRest(
  { pool, lease, links, signal }: LinkSettings,
  targetIds: readonly Uuid[],
): Promise<void> {
  if (links === null) return;
  let waitedFor = targetIds;
  while (waitedFor.length > 0) {
    signal.throwIfAborted();
    waitedFor = await withTransaction(pool, async (client) => {
      await lease.fence(client);
      return await links.linkWaiting(client, lease.chainId, waitedFor);
    });
  }
}
