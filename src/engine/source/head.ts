/**
 * Follows the newest head: by WebSocket with polling as fallback if URLs are configured, by polling alone
 * otherwise.
 *
 * A socket can stop delivering without closing. After a silence of two block times (measured by header
 * timestamps), the follower polls. If the poll finds a head that the socket does not deliver shortly after,
 * the follower drops the socket and reconnects. Detection takes at most three block times, independent of the
 * polling interval.
 */
import { createWakeSignal, type WakeSignal } from '../../primitives/async.ts';
import { type BlockTimeOptions, createBlockTimeMeter, defaultBlockTime } from '../chain/block-time.ts';
import { headHeader } from '../chain/headers.ts';
import { listenToNewHeads, SilentSocketError } from './new-heads.ts';
import { sleep } from '../../primitives/time.ts';
import type { ChainNode } from '../rpc/node.ts';
import type { BlockHeader, BlockReference } from '../rpc/types.ts';

/** An announced head. Its bloom shows whether its logs are worth requesting. */
export type AnnouncedHead = BlockReference & Partial<Pick<BlockHeader, 'logsBloom'>>;

/** A head with its timestamp, from which the block time is measured. */
export type DatedHead = AnnouncedHead & Pick<BlockHeader, 'timestamp'>;

export interface HeadOptions {
  /** Requests the head: usually `pollHead` of a node. */
  readonly getHead: (signal: AbortSignal) => Promise<DatedHead>;
  /** Tried in turn, one at a time. */
  readonly webSocketUrls?: readonly string[];
  /** Milliseconds between polls if no WebSocket is configured. */
  readonly pollIntervalMs: number;
  readonly blockTime?: Partial<BlockTimeOptions>;
  /** Milliseconds that the socket has to connect and subscribe. */
  readonly timeoutMs?: number;
  /** Ends the iteration. */
  readonly signal: AbortSignal;
  /** Called with every failure; following continues, with growing pauses. */
  readonly onProblem: (error: unknown) => void;
}

/** The follower polls after this many block times without a message from the socket. */
const silentBlocks = 2;
/** The socket has this many further block times to deliver a head that polling found. */
const graceBlocks = 0.5;
const defaultTimeoutMs = 10_000;
const longestPauseMs = 30_000;
const firstPauseMs = 500;

/** Returns the `getHead` option that polls one node. */
export function pollHead(node: ChainNode): HeadOptions['getHead'] {
  return async (signal) => {
    const { number, hash, timestamp, logsBloom } = await headHeader(node, { signal });
    return { number, hash, timestamp, logsBloom };
  };
}

/**
 * Yields each head that differs from the previous one. Coalesces heads that arrive faster than the consumer
 * takes them into the newest. A head may be lower than the previous one: after a reorg, or from a lagging
 * node. Leaving the loop, or aborting the signal, ends all background work. Throws nothing on node failures;
 * they go to `onProblem`.
 */
export async function* followHead(options: HeadOptions): AsyncGenerator<AnnouncedHead, void, undefined> {
  const leaving = new AbortController();
  const follower = createFollower(options, AbortSignal.any([options.signal, leaving.signal]));
  const running = Promise.all([follower.poll(), follower.listen()]);
  let yielded: AnnouncedHead | undefined;
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
  newest(): AnnouncedHead | undefined;
  /** Resolves when there may be a newer head, or at the abort. */
  changed(signal: AbortSignal): Promise<unknown>;
  /** Both run until the signal aborts, and throw nothing. */
  poll(): Promise<void>;
  listen(): Promise<void>;
}

function createFollower(options: HeadOptions, signal: AbortSignal): Follower {
  const { webSocketUrls = [], pollIntervalMs, onProblem } = options;
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const meter = createBlockTimeMeter({ ...defaultBlockTime, ...options.blockTime });
  const news: WakeSignal = createWakeSignal();
  const pollNow: WakeSignal = createWakeSignal();
  const socket = { isSubscribed: false, heardAtMs: 0, connection: new AbortController() };
  let newest: AnnouncedHead | undefined;

  function offer(head: DatedHead): boolean {
    meter.observe(head);
    if (newest?.hash === head.hash) return false;
    const { number, hash, logsBloom } = head;
    newest = { number, hash, ...(logsBloom === undefined ? {} : { logsBloom }) };
    news.notify();
    return true;
  }

  /** Waits until the next poll is due; returns true if it is due because the socket fell silent. */
  async function untilDue(failures: number): Promise<boolean> {
    if (failures > 0) await pollNow.wait(pauseAfter(failures), signal);
    // While the socket is disconnected, polling replaces it at the block rate.
    else if (!socket.isSubscribed)
      await pollNow.wait(
        webSocketUrls.length === 0 ? pollIntervalMs : Math.min(pollIntervalMs, meter.blockTimeMs()),
        signal,
      );
    else return await untilSilent();
    return false;
  }

  async function untilSilent(): Promise<boolean> {
    while (!signal.aborted) {
      const leftMs = socket.heardAtMs + silentBlocks * meter.blockTimeMs() - performance.now();
      if (leftMs <= 0) return true;
      if (await pollNow.wait(leftMs, signal)) return false;
    }
    return false;
  }

  /** Drops the socket if it does not deliver shortly a head that the chain produced during the silence. */
  async function dropUnlessHeard(sinceMs: number): Promise<void> {
    const { connection } = socket;
    await pauseQuietly(graceBlocks * meter.blockTimeMs(), signal);
    if (socket.heardAtMs <= sinceMs) connection.abort();
  }

  async function poll(): Promise<void> {
    let failures = 0;
    let isAfterSilence = false;
    while (!signal.aborted) {
      const startedAtMs = performance.now();
      try {
        const isNews = offer(await options.getHead(signal));
        failures = 0;
        if (isAfterSilence && isNews) await dropUnlessHeard(startedAtMs);
        // The chain was as silent as the socket.
        else if (isAfterSilence) socket.heardAtMs = startedAtMs;
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        onProblem(error);
      }
      isAfterSilence = await untilDue(failures);
    }
  }

  async function listen(): Promise<void> {
    let failures = 0;
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      const url = webSocketUrls[attempt % webSocketUrls.length];
      if (url === undefined) return;
      const connection = new AbortController();
      socket.connection = connection;
      try {
        await listenToNewHeads({
          url,
          timeoutMs,
          signal: AbortSignal.any([signal, connection.signal]),
          onSubscribed() {
            socket.isSubscribed = true;
            socket.heardAtMs = performance.now();
            // The socket does not deliver heads from before the subscription.
            pollNow.notify();
          },
          onHead(head) {
            socket.heardAtMs = performance.now();
            failures = 0;
            offer(head);
          },
        });
        if (!signal.aborted) onProblem(new SilentSocketError(url, silentBlocks));
      } catch (error) {
        onProblem(error);
      }
      failures += 1;
      socket.isSubscribed = false;
      pollNow.notify();
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
