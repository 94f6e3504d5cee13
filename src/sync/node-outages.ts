/** When no node answers any more, and when one does again: told in `system_events` once each, where the status looks it up. */
import type { ClientBase, Pool } from 'pg';
import type { Logger } from 'pino';
import { isNodeFault } from '../chain/errors.ts';
import { recordSystemEvent } from '../db/system-events.ts';

export interface NodeOutage {
  /** ISO 8601. */
  readonly since: string;
  readonly error: string;
}

/** What is known of the nodes of one chain. Its events are written beside the chain's work, which they never hold up. */
export class NodeOutages {
  readonly #pool: Pool;
  readonly #chainId: number;
  readonly #logger: Logger;
  /** Unknown at the start: a process before this one may have told of an outage. */
  #isOut: boolean | null = null;
  #written: Promise<unknown> = Promise.resolve();

  constructor(pool: Pool, chainId: number, logger: Logger) {
    this.#pool = pool;
    this.#chainId = chainId;
    this.#logger = logger;
  }

  /** A failure of all nodes; of anything else nothing is noted. */
  failed(error: unknown): void {
    if (this.#isOut === true || !isNodeFault(error)) return;
    this.#isOut = true;
    const message = error instanceof Error ? error.message : String(error);
    this.#write(async () => {
      await recordSystemEvent(this.#pool, {
        eventType: 'node_lost',
        severity: 'error',
        data: { chainId: this.#chainId, error: message },
      });
    });
  }

  answered(): void {
    if (this.#isOut === false) return;
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

  /** Resolves when what was noted so far is written. */
  async settled(): Promise<void> {
    await this.#written;
  }

  #write(work: () => Promise<void>): void {
    this.#written = this.#written.then(work).catch((error: unknown) => {
      this.#logger.warn({ err: error }, 'an outage of the nodes couldn’t be recorded');
    });
  }
}

/** The outage that goes on, as the daemon last told; null where a node has answered since. */
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
