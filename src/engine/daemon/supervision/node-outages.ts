/**
 * Records in `system_events` when no node answers any more, and when one answers again, once each. The status
 * reads it from there.
 */
import type { ClientBase, Pool } from 'pg';
import type { Logger } from 'pino';
import { isNodeFault } from '../../rpc/errors.ts';
import { recordSystemEvent } from '../../../db/system-events.ts';
import type { MonotonicClock } from '../../../primitives/time.ts';
import type { ChainNode } from '../../rpc/node.ts';

export interface NodeOutage {
  /** ISO 8601. */
  readonly since: string;
  readonly error: string;
}

/** The users of the nodes: the head follower, and ingest for all other requests. */
export type NodeUser = 'head' | 'ingest';

/**
 * The state of one chain's nodes. An outage begins when the first user finds no working node, and ends when
 * all users are served again, because a node may serve its head but refuse its logs. Events are written
 * concurrently with the chain's work and never delay it.
 */
export class NodeOutages {
  readonly #pool: Pool;
  readonly #chainId: number;
  readonly #logger: Logger;
  readonly #clock: MonotonicClock;
  readonly #failing = new Set<NodeUser>();
  /** Unknown at the start, because an earlier process may have reported an outage. */
  #isOut: boolean | null = null;
  #outSinceMs = 0;
  #written: Promise<unknown> = Promise.resolve();

  constructor(pool: Pool, chainId: number, logger: Logger, clock: MonotonicClock = () => performance.now()) {
    this.#pool = pool;
    this.#chainId = chainId;
    this.#logger = logger;
    this.#clock = clock;
  }

  /** All nodes failed this user. Ignores any other kind of error. */
  failed(user: NodeUser, error: unknown): void {
    if (!isNodeFault(error)) return;
    this.#failing.add(user);
    if (this.#isOut === true) return;
    this.#isOut = true;
    this.#outSinceMs = this.#clock();
    const message = error instanceof Error ? error.message : String(error);
    this.#write(async () => {
      await recordSystemEvent(this.#pool, {
        eventType: 'node_lost',
        severity: 'error',
        data: { chainId: this.#chainId, error: message },
      });
    });
  }

  /** A node served this user. */
  answered(user: NodeUser): void {
    this.#failing.delete(user);
    if (this.#isOut === false || this.#failing.size > 0) return;
    if (this.#isOut === true) {
      const outageMs = Math.round(this.#clock() - this.#outSinceMs);
      this.#logger.info({ chainId: this.#chainId, outageMs }, 'back: a node answers again');
    }
    this.#isOut = false;
    this.#write(async () => {
      if ((await readOutage(this.#pool, this.#chainId)) === null) return;
      await recordSystemEvent(this.#pool, {
        eventType: 'node_back',
        severity: 'info',
        data: { chainId: this.#chainId },
      });
    });
  }

  /** Resolves when all reported changes are written. */
  async settled(): Promise<void> {
    await this.#written;
  }

  #write(work: () => Promise<void>): void {
    this.#written = this.#written.then(work).catch((error: unknown) => {
      this.#logger.warn({ err: error }, 'an outage of the nodes couldn’t be recorded');
    });
  }
}

/**
 * Returns the current outage as last reported by the daemon; null if a node has answered since. Throws
 * database errors.
 */
export async function readOutage(client: ClientBase | Pool, chainId: number): Promise<NodeOutage | null> {
  const { rows } = await client.query<{ type: string; since: string; error: string }>(
    `select event_type as type, to_json(created_at) #>> '{}' as since, event_data ->> 'error' as error
     from public.system_events
     where source = 'daemon' and event_type in ('node_lost', 'node_back') and event_data ->> 'chainId' = $1
     order by created_at desc limit 1`,
    [String(chainId)],
  );
  const [last] = rows;
  return last?.type === 'node_lost' ? { since: last.since, error: last.error } : null;
}

const quietMs = 60_000;

/**
 * Returns a listener for failovers, which records each as an event. The write never delays the chain's work.
 */
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
