/**
 * The queue's connections, as pg-boss uses them. pg-boss's own client for notifications drops its error listener before it closes, and an
 * error that the server sends in between would end the process. The clients of `createPool` always have one.
 */
import type { Pool } from 'pg';
import type { Db } from 'pg-boss';
import type { Logger } from 'pino';
import { createPool } from '../../db/client.ts';
import { keepListening, type ListenerTimes } from './listener.ts';

/** The connections for statements. One more listens. */
const statementConnections = 3;

export interface QueueDatabaseOptions {
  readonly connectionString: string;
  readonly applicationName: string;
  readonly logger: Logger;
  readonly listenerTimes?: ListenerTimes;
}

/** A pool for pg-boss, which neither opens nor closes it. The one who creates it closes it, after pg-boss has stopped. */
export class QueueDatabase implements Db {
  readonly #pool: Pool;
  readonly #logger: Logger;
  readonly #listenerTimes: ListenerTimes | undefined;

  constructor({ connectionString, applicationName, logger, listenerTimes }: QueueDatabaseOptions) {
    this.#logger = logger;
    this.#listenerTimes = listenerTimes;
    this.#pool = createPool({
      connectionString,
      applicationName,
      maximumConnections: statementConnections + 1,
      onConnectionError: (error) => logger.error({ err: error }, 'queue error'),
    });
  }

  /** Runs statements on any connection. pg-boss sends several in one text. */
  async executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }> {
    return await this.#pool.query(text, values);
  }

  /**
   * Passes on the channel's notifications until the handle is closed. Resolves once it listens, or the first attempt has failed; later
   * attempts follow. Calls `onListening` whenever it listens again, because notifications may have been missed meanwhile.
   */
  async listen(
    channel: string,
    onNotification: (payload: string) => void,
    onListening: () => void,
  ): Promise<{ close(): Promise<void> }> {
    const closed = new AbortController();
    const attempted = Promise.withResolvers<void>();
    const listening = keepListening({
      pool: this.#pool,
      channel,
      onNotification,
      onListening: () => {
        attempted.resolve();
        onListening();
      },
      onFailure: (error) => {
        attempted.resolve();
        this.#logger.error({ err: error }, 'queue error');
      },
      signal: closed.signal,
      times: this.#listenerTimes,
    });
    await attempted.promise;
    return {
      close: async () => {
        closed.abort();
        await listening;
      },
    };
  }

  /** Closes the connections, when the statements in progress have ended. */
  async close(): Promise<void> {
    await this.#pool.end();
  }
}
