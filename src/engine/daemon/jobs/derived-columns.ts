/**
 * Jobs that fill columns outside the projection: the confirmation of final rows, and links to rows that
 * appear later.
 */
import type { Pool } from 'pg';
import { withTransaction } from '../../../db/client.ts';
import { readChain } from '../../ledger/chains.ts';
import { confirmFinal } from '../../store/derived-columns.ts';
import type { Lease } from '../../leader/leadership.ts';
import type { Uuid } from '../../../primitives/ids.ts';
import type { Links } from '../../projection/links.ts';

const rowsAtOnce = 5_000;

/**
 * Marks the movements of all final blocks as confirmed, in bounded transactions. Throws when the signal is
 * aborted, when the lease is lost, and on database errors.
 */
export async function confirmMovements(pool: Pool, lease: Lease, signal: AbortSignal): Promise<void> {
  let confirmed: number;
  do {
    signal.throwIfAborted();
    confirmed = await withTransaction(pool, async (client) => {
      await lease.fence(client);
      const final = (await readChain(client, lease.chainId))?.final;
      return final === undefined || final === null
        ? 0
        : await confirmFinal(client, lease.chainId, final.number, rowsAtOnce);
    });
  } while (confirmed >= rowsAtOnce);
}

export interface LinkSettings {
  readonly pool: Pool;
  readonly lease: Lease;
  /**
   * Links the rows that wait for these targets, in bounded transactions, until none waits. Throws when the
   * signal is aborted, when the lease is lost, and on database errors.
   */
  readonly links: Links | null;
  readonly signal: AbortSignal;
}

/** Links step by step until no row waits for these targets. */
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
