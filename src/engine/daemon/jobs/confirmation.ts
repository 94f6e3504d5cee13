/** Confirms movements of tokens and money whose blocks became final; the head's tail alone is ever touched. */
import type { Pool } from 'pg';
import { withTransaction } from '../../../db/client.ts';
import { readChain } from '../../ledger/chains.ts';
import { confirmFinal } from '../../store/confirm.ts';
import type { Lease } from '../../leader/leadership.ts';

const rowsAtOnce = 5_000;

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
