/** Halts all writing for a chain until the operator decides: the ledger and the chain disagree about final blocks. */
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { withTransaction } from '../../db/client.ts';
import type { JsonValue } from '../../db/columns.ts';
import { recordSystemEvent } from '../../db/system-events.ts';
import { haltedFix, haltChain } from '../ledger/chains.ts';
import type { Lease } from './leadership.ts';

export interface HaltReason {
  /** The cause, as `status` shows it. */
  readonly reason: string;
  readonly detail: { readonly [key: string]: JsonValue };
  /** The fixed message of the log line. */
  readonly message: string;
}

/** Halts the chain, and records it in the log and in `system_events`. The caller must then end the daemon with an error of its own. */
export async function haltWriting(
  { pool, lease, logger }: { readonly pool: Pool; readonly lease: Lease; readonly logger: Logger },
  { reason, detail, message }: HaltReason,
): Promise<void> {
  const { chainId } = lease;
  await withTransaction(pool, async (client) => {
    await lease.fence(client);
    await haltChain(client, chainId, reason, detail);
    const data = { chainId, reason, fix: haltedFix, ...detail };
    await recordSystemEvent(client, { eventType: 'latch', severity: 'fatal', data });
  });
  logger.fatal({ chainId, ...detail, fix: haltedFix }, message);
}
