/** Failovers between nodes, in the log each, and in `system_events` at most once a node and minute: a node may fail at every request. */
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { ChainNode } from '../../rpc/node.ts';
import { recordSystemEvent } from '../../../db/system-events.ts';
import type { MonotonicClock } from '../../../primitives/time.ts';

const quietMs = 60_000;

/** To be told of each failover. The event is written beside the chain's work, which it never holds up. */
export function failoverRecorder(
  pool: Pool,
  logger: Logger,
  clock: MonotonicClock,
): (node: ChainNode, error: unknown) => void {
  const toldAtMs = new Map<string, number>();
  return ({ name }, error) => {
    logger.warn({ node: name, err: error }, 'node failed; trying the next');
    const atMs = clock();
    if (atMs - (toldAtMs.get(name) ?? -Infinity) < quietMs) return;
    toldAtMs.set(name, atMs);
    const data = { node: name, error: error instanceof Error ? error.message : String(error) };
    recordSystemEvent(pool, { eventType: 'node_failover', severity: 'warning', data }).catch(
      (failure: unknown) => logger.warn({ err: failure }, 'a failover couldn’t be recorded'),
    );
  };
}
