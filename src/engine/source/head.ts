/**
 * The newest head, as it changes: by WebSocket where there is one, with polling behind it, by polling alone where there is none.
 *
 * A socket may go deaf without closing. So after a silence of two block times (as the headers' own timestamps tell them) the head is asked
 * for; where that finds a head that the socket doesn't tell of either, the socket is dropped and made anew: within three block times,
 * whatever the interval of polling is.
 */
import { createWakeSignal, type WakeSignal } from '../../primitives/async.ts';
import { type BlockTimeOptions, createBlockTimeMeter, defaultBlockTime } from '../chain/block-time.ts';
import { headHeader } from '../chain/headers.ts';
import { listenToNewHeads, SilentSocketError } from './new-heads.ts';
import { sleep } from '../../primitives/time.ts';
import type { ChainNode } from '../rpc/node.ts';
import type { BlockHeader, BlockReference } from '../rpc/types.ts';

/** A head as it is told of; its bloom says whether its logs are worth asking for. */
export type AnnouncedHead = BlockReference & Partial<Pick<BlockHeader, 'logsBloom'>>;

/** A head with its timestamp, by which the time between blocks is measured. */
export type DatedHead = AnnouncedHead & Pick<BlockHeader, 'timestamp'>;

export interface HeadOptions {
  /** Asks for the head: usually `pollHead` of a node. */
  readonly getHead: (signal: AbortSignal) => Promise<DatedHead>;
  /** Tried in turn, one at a time. */
  readonly webSocketUrls?: readonly string[];
  /** Between polls, where no WebSocket is configured. */
  readonly pollIntervalMs: number;
  readonly blockTime?: Partial<BlockTimeOptions>;
  /** For the socket to connect and subscribe. */
  readonly timeoutMs?: number;
  /** Ends the iteration. */
  readonly signal: AbortSignal;
  /** Told of every failure; following goes on, with growing pauses. */
  readonly onProblem: (error: unknown) => void;
}

/** Without a word from the socket for so many block times, the head is asked for. */
const silentBlocks = 2;
/** Within so many block times more the socket must tell of a head that was found by asking. */
const graceBlocks = 0.5;
const defaultTimeoutMs = 10_000;
const longestPauseMs = 30_000;
const firstPauseMs = 500;

/** `getHead` of one node. */
export function pollHead(node: ChainNode): HeadOptions['getHead'] {
  return async (signal) => {
    const { number, hash, timestamp, logsBloom } = await headHeader(node, { signal });
    return { number, hash, timestamp, logsBloom };
  };
}

/**
 * Yields a head whenever it isn't the one yielded before; heads that come faster than they are taken are coalesced into the newest.
 * A head may be lower than the one before: a reorg, or a node that lags. Leaving the loop, or the signal, ends everything behind it.
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
  /** Returns when there may be a newer head, or at the abort. */
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
    news.ring();
    return true;
  }

  /** Waits until the head is to be asked for; true when that is because the socket fell silent. */
  async function untilDue(failures: number): Promise<boolean> {
    if (failures > 0) await pollNow.wait(pauseAfter(failures), signal);
    // A socket that is away is stood in for at the chain's own pace.
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

  /** After a silence in which the chain went on: a socket that doesn't tell of it shortly is deaf. */
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
            // What came before the subscription it can't tell.
            pollNow.ring();
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
