/** A subscription to the notifications of one channel, which is made again whenever its connection is lost. */
import pRetry from 'p-retry';
import type { Pool, PoolClient } from 'pg';
import { answerWithin, connect } from '../../db/client.ts';
import { unlessAborted } from '../../primitives/async.ts';
import { TraceChainError } from '../../primitives/errors.ts';
import { sleep } from '../../primitives/time.ts';

/** Milliseconds. */
export interface ListenerTimes {
  /** Between two checks that the connection still listens. The network may be lost without a sign. */
  readonly checkMs: number;
  /** The longest wait for an answer to a statement. */
  readonly answerMs: number;
  /** From a lost connection to the next attempt. It doubles with each failed attempt. */
  readonly shortestWaitMs: number;
  readonly longestWaitMs: number;
}

const defaultTimes: ListenerTimes = {
  checkMs: 10_000,
  answerMs: 5_000,
  shortestWaitMs: 1_000,
  longestWaitMs: 30_000,
};

export interface ListenerOptions {
  /** One of its connections is taken as long as the subscription lasts. */
  readonly pool: Pool;
  readonly channel: string;
  readonly onNotification: (payload: string) => void;
  /** Called each time that the subscription begins. Earlier notifications may have been missed. */
  readonly onListening: () => void;
  /** Called for each failed attempt. The pool itself reports the error of a connection that breaks while it listens. */
  readonly onFailure: (error: unknown) => void;
  readonly signal: AbortSignal;
  readonly times?: ListenerTimes | undefined;
}

/** Listens until the signal is aborted, and tries again after every failure, whatever it is. Never rejects. */
export async function keepListening(options: ListenerOptions): Promise<void> {
  const { onFailure, signal, times = defaultTimes } = options;
  const report = (error: unknown): void => {
    if (!signal.aborted) onFailure(error);
  };
  while (!signal.aborted) {
    try {
      const subscription = await pRetry(async () => await subscribe(options, times), {
        retries: Number.POSITIVE_INFINITY,
        minTimeout: times.shortestWaitMs,
        maxTimeout: times.longestWaitMs,
        signal,
        onFailedAttempt: ({ error }) => report(error),
      });
      await holdSubscription(subscription, options, times);
    } catch (error) {
      report(error);
    }
    await sleep(times.shortestWaitMs, signal).catch(() => undefined);
  }
}

/** A connection that listens. */
interface Subscription {
  readonly client: PoolClient;
  /** Aborted when the connection breaks. */
  readonly broken: AbortSignal;
}

async function subscribe(
  { pool, channel, onNotification, onListening, signal }: ListenerOptions,
  { answerMs }: ListenerTimes,
): Promise<Subscription> {
  const connecting = connect(pool);
  let client: PoolClient;
  try {
    client = await unlessAborted(connecting, signal);
  } catch (error) {
    // Nobody waits for the connection any more.
    connecting.then(close, () => undefined);
    throw error;
  }
  const broken = new AbortController();
  client.once('error', () => broken.abort());
  client.on('notification', ({ payload }) => {
    if (payload !== undefined && !signal.aborted) onNotification(payload);
  });
  try {
    const listening = client.query(`listen ${client.escapeIdentifier(channel)}`);
    await unlessAborted(answerWithin(pool, answerMs, listening), signal);
  } catch (error) {
    close(client);
    throw error;
  }
  onListening();
  return { client, broken: broken.signal };
}

/** Resolves when the connection has broken, or the signal is aborted. Rejects if a check fails. Closes the connection in each case. */
async function holdSubscription(
  { client, broken }: Subscription,
  { pool, channel, signal }: ListenerOptions,
  { checkMs, answerMs }: ListenerTimes,
): Promise<void> {
  const ended = AbortSignal.any([signal, broken]);
  try {
    for (;;) {
      await sleep(checkMs, ended);
      const { rowCount } = await unlessAborted(
        answerWithin(
          pool,
          answerMs,
          client.query('select from pg_listening_channels() as listening (channel) where channel = $1', [
            channel,
          ]),
        ),
        ended,
      );
      if (rowCount === 0) throw subscriptionLost(channel);
    }
  } catch (error) {
    if (!ended.aborted) throw error;
  } finally {
    close(client);
  }
}

/** A connection that has listened is never used for anything else. The pool keeps an error listener on it until its end. */
function close(client: PoolClient): void {
  client.release(true);
}

function subscriptionLost(channel: string): TraceChainError {
  return new TraceChainError(`the connection no longer listens to ${channel}`, {
    code: 'database/subscription-lost',
    fix: 'Connect to PostgreSQL itself, or through a pooler that keeps the session: a pooler of transactions drops subscriptions.',
  });
}
