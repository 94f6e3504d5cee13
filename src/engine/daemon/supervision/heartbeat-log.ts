/** Logs one line every few minutes, so that the log of an idle daemon differs from that of a hung one. */
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { NodePool } from '../../chain/nodes.ts';
import { withClient } from '../../../db/client.ts';
import { readChain } from '../../ledger/chains.ts';
import { readCursor } from '../../ledger/cursors.ts';
import { sleep } from '../../../primitives/time.ts';
import { isTransient } from '../../leader/retry-forever.ts';

/** Milliseconds between two lines. */
export const heartbeatLogMs = 300_000;

export interface HeartbeatLogOptions {
  readonly pool: Pool;
  readonly chainId: number;
  readonly nodes: NodePool;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Milliseconds between two lines. */
  readonly intervalMs: number;
}

/**
 * Logs the progress of the chain's rows until the signal is aborted, and then rejects, as every cancelled
 * task does. Logs nothing while the database is unavailable; its users report that.
 */
export async function logHeartbeats(options: HeartbeatLogOptions): Promise<void> {
  const { nodes, chainId, logger, signal, intervalMs } = options;
  for (;;) {
    await sleep(intervalMs, signal);
    const reached = await readReached(options);
    if (reached === null) continue;
    const failing = nodes.health().filter(({ faultsInARow }) => faultsInARow > 0);
    logger.info(
      { chainId, ...reached, failingNodes: failing.map(({ name }) => name) },
      'following the chain',
    );
  }
}

interface Reached {
  readonly head: number | null;
  readonly final: number | null;
  readonly ingested: number | null;
  readonly projected: number | null;
}

/** Null if the database is unavailable. */
async function readReached({ pool, chainId }: HeartbeatLogOptions): Promise<Reached | null> {
  try {
    return await withClient(pool, async (client) => {
      const chain = await readChain(client, chainId);
      const ingested = await readCursor(client, chainId, 'ingest');
      const projected = await readCursor(client, chainId, 'projection');
      return {
        head: chain?.head?.number ?? null,
        final: chain?.final?.number ?? null,
        ingested: ingested?.number ?? null,
        projected: projected?.number ?? null,
      };
    });
  } catch (error) {
    if (isTransient(error)) return null;
    throw error;
  }
}
