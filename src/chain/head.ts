/**
 * The newest head, as it changes: by WebSocket where there is one, with polling behind it, by polling alone where there is none.
 *
 * A socket may go deaf without closing. So after a silence of some block times the head is asked for; where that finds a head that the
 * socket hadn't told, the socket is dropped and made anew.
 */
import { createAlarm } from './alarm.ts';
import { headHeader } from './headers.ts';
import { listenToNewHeads } from './new-heads.ts';
import { sleep } from '../primitives/time.ts';
import type { Alarm } from './alarm.ts';
import type { ChainNode } from './node.ts';
import type { BlockReference } from './types.ts';

export interface HeadOptions {
  /** Asks for the head: usually `pollHead` of a node. */
  readonly getHead: (signal: AbortSignal) => Promise<BlockReference>;
  readonly webSocketUrl?: string;
  /** Between polls, where no WebSocket tells of heads. */
  readonly pollIntervalMs: number;
  readonly expectedBlockTimeMs: number;
  /** So many block times without a word from the socket are a silence. */
  readonly silentBlocks?: number;
  /** For the socket to connect and subscribe. */
  readonly timeoutMs?: number;
  /** Ends the iteration. */
  readonly signal: AbortSignal;
  /** Told of every failure; following goes on, with growing pauses. */
  readonly onProblem: (error: unknown) => void;
}

const defaultSilentBlocks = 4;
const defaultTimeoutMs = 10_000;
const longestPauseMs = 30_000;
const firstPauseMs = 500;

/** `getHead` of one node. */
export function pollHead(node: ChainNode): HeadOptions['getHead'] {
  return async (signal) => {
    const { number, hash } = await headHeader(node, { signal });
    return { number, hash };
  };
}

/**
 * Yields a head whenever it isn't the one yielded before; heads that come faster than they are taken are coalesced into the newest.
 * A head may be lower than the one before: a reorg, or a node that lags. Leaving the loop, or the signal, ends everything behind it.
 */
export async function* followHead(options: HeadOptions): AsyncGenerator<BlockReference, void, undefined> {
  const leaving = new AbortController();
  const follower = createFollower(options, AbortSignal.any([options.signal, leaving.signal]));
  const running = Promise.all([follower.poll(), follower.listen()]);
  let yielded: BlockReference | undefined;
  try {
    while (!options.signal.aborted) {
      const head = follower.newest();
      if (head !== undefined && head.hash !== yielded?.hash) {
        yielded = head;
        yield head;
      } else {
        await follower.changed(options.signal);
      }
    }
  } finally {
    leaving.abort();
    await running;
  }
}

interface Follower {
  newest(): BlockReference | undefined;
  /** Returns when there may be a newer head, or at the abort. */
  changed(signal: AbortSignal): Promise<unknown>;
  /** Both run until the signal aborts, and throw nothing. */
  poll(): Promise<void>;
  listen(): Promise<void>;
}

function createFollower(options: HeadOptions, signal: AbortSignal): Follower {
  const { webSocketUrl, pollIntervalMs, expectedBlockTimeMs, onProblem } = options;
  const silenceMs = expectedBlockTimeMs * (options.silentBlocks ?? defaultSilentBlocks);
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const news: Alarm = createAlarm();
  const pollNow: Alarm = createAlarm();
  const socket = { isSubscribed: false, isHeard: false, connection: new AbortController() };
  let newest: BlockReference | undefined;

  function offer({ number, hash }: BlockReference): boolean {
    if (newest?.hash === hash) return false;
    newest = { number, hash };
    news.ring();
    return true;
  }

  /** Waits until the head is to be asked for; true when that is because the socket fell silent. */
  async function untilDue(failures: number): Promise<boolean> {
    if (failures > 0 || !socket.isSubscribed) {
      await pollNow.wait(failures > 0 ? pauseAfter(failures) : pollIntervalMs, signal);
      return false;
    }
    while (!signal.aborted) {
      socket.isHeard = false;
      const rang = await pollNow.wait(silenceMs, signal);
      if (rang) return false;
      if (!socket.isHeard) return true;
    }
    return false;
  }

  async function poll(): Promise<void> {
    let failures = 0;
    let isAfterSilence = false;
    while (!signal.aborted) {
      try {
        const isNews = offer(await options.getHead(signal));
        failures = 0;
        if (isNews && isAfterSilence && !socket.isHeard) socket.connection.abort();
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        onProblem(error);
      }
      isAfterSilence = await untilDue(failures);
    }
  }

  async function listen(): Promise<void> {
    if (webSocketUrl === undefined) return;
    let failures = 0;
    while (!signal.aborted) {
      socket.connection = new AbortController();
      try {
        await listenToNewHeads({
          url: webSocketUrl,
          timeoutMs,
          signal: AbortSignal.any([signal, socket.connection.signal]),
          onSubscribed() {
            socket.isSubscribed = true;
            failures = 0;
            // What came before the subscription it can't tell.
            pollNow.ring();
          },
          onHead(head) {
            socket.isHeard = true;
            offer(head);
          },
        });
      } catch (error) {
        failures += 1;
        onProblem(error);
      }
      socket.isSubscribed = false;
      pollNow.ring();
      await pauseQuietly(pauseAfter(failures), signal);
    }
  }

  return { newest: () => newest, changed: (until) => news.wait(undefined, until), poll, listen };
}

function pauseAfter(failures: number): number {
  return Math.min(longestPauseMs, firstPauseMs * 2 ** Math.max(0, failures - 1));
}

async function pauseQuietly(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
