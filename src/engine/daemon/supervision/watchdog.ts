/**
 * Monitors ingest from outside. Ingest itself retries failures that it sees. The watchdog detects silence
 * while the chain's head advances: a request that never ends, a wait that is never resolved, a loop that
 * repeats the same request.
 */
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { NodePool } from '../../chain/nodes.ts';
import { recordSystemEvent } from '../../../db/system-events.ts';
import { type MonotonicClock, sleep } from '../../../primitives/time.ts';
import { type RestartableTask, StuckSourceError } from './restartable.ts';

export interface WatchdogTimes {
  /** Milliseconds between checks. */
  readonly intervalMs: number;
  /** Ingest is stuck if for this many milliseconds no node answers it and it commits no block. */
  readonly silentMs: number;
  /** Ingest loops without effect if for this many milliseconds nodes answer but it commits no block. */
  readonly fruitlessMs: number;
  /** The number of restarts of the source before the process ends. */
  readonly restarts: number;
}

export const defaultWatchdogTimes: WatchdogTimes = {
  intervalMs: 10_000,
  silentMs: 120_000,
  fruitlessMs: 1_800_000,
  restarts: 3,
};

/** The state of ingest, readable without a request to it. */
export interface IngestPulse {
  /** The number of answers that ingest has received from nodes. */
  readonly answers: number;
  /**
   * Counts committed blocks, and database errors that ingest waits out, since a restart would not help
   * against those.
   */
  readonly progress: number;
  /** The next block to take; null while it is unknown. */
  readonly next: number | null;
  /** Ingest waits because the projection is too far behind. */
  readonly isHeldUp: boolean;
}

export interface WatchdogOptions {
  readonly chainId: number;
  readonly pool: Pool;
  readonly nodes: NodePool;
  readonly pulse: () => IngestPulse;
  readonly source: RestartableTask;
  readonly times: WatchdogTimes;
  readonly clock: MonotonicClock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Monitors until the signal is aborted. If restarts do not help, the source's task fails with a
 * StuckSourceError.
 */
export async function watchIngest(options: WatchdogOptions): Promise<void> {
  const { nodes, pulse, source, times, clock, signal } = options;
  const silence = new StallDetector(times.silentMs);
  const fruitless = new StallDetector(times.fruitlessMs);
  let restarts = 0;
  let lastProgress = pulse().progress;
  while (!signal.aborted) {
    await sleep(times.intervalMs, signal);
    const head = await nodes.survey(signal);
    const { answers, progress, next, isHeldUp } = pulse();
    if (progress !== lastProgress) restarts = 0;
    lastProgress = progress;
    const isDue = head !== null && !isHeldUp && (next === null || head >= next);
    const isSilent = silence.observe(clock(), { progress: `${progress} ${answers}`, isDue });
    const isFruitless = fruitless.observe(clock(), { progress, isDue });
    if (!isSilent && !isFruitless) continue;
    restarts += 1;
    const forMs = isSilent ? times.silentMs : times.fruitlessMs;
    const error = stuck(options, { head, next, forMs, restarts });
    if (restarts > times.restarts) throw error;
    await tell(options, error, restarts);
    await source.restart(error);
  }
}

function stuck(
  { chainId, times }: WatchdogOptions,
  what: {
    readonly head: number | null;
    readonly next: number | null;
    readonly forMs: number;
    readonly restarts: number;
  },
): StuckSourceError {
  const { head, next, forMs, restarts } = what;
  const where = next === null ? 'before its first block' : `before block ${next}`;
  const end =
    restarts > times.restarts
      ? `beginning anew ${times.restarts} times didn't help, so the process ends`
      : `it is begun anew (${restarts} of ${times.restarts})`;
  return new StuckSourceError(
    chainId,
    `ingest has stood ${where} for ${Math.round(forMs / 1000)} s although the chain's head is at block ${head}: ${end}`,
  );
}

/** Nothing waits for the event to be written, because the database may be the cause of the hang. */
async function tell(
  { pool, logger, chainId }: WatchdogOptions,
  error: Error,
  restarts: number,
): Promise<void> {
  logger.error({ chainId, restarts, err: error }, 'ingest is stuck: beginning anew');
  const data = { chainId, restarts, reason: error.message };
  recordSystemEvent(pool, { eventType: 'restart', severity: 'error', data }).catch((failure: unknown) =>
    logger.warn({ err: failure }, 'a restart couldn’t be recorded'),
  );
}

/** Distinguishes a stuck source from an idle one, by pure computation over periodic observations. */
export interface Observation {
  /** Any value that changes with progress. */
  readonly progress: string | number;
  /** Whether there is work that should lead to progress. */
  readonly isDue: boolean;
}

/** Measures how long work has been due without progress. */
export class StallDetector {
  readonly #limitMs: number;
  #last: Observation | null = null;
  #sinceMs = 0;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /**
   * Returns whether work has been due without progress for longer than the limit. After true, the measurement
   * restarts.
   */
  observe(nowMs: number, observation: Observation): boolean {
    const last = this.#last;
    this.#last = observation;
    const isWaiting =
      last !== null && last.isDue && observation.isDue && last.progress === observation.progress;
    if (!isWaiting) this.#sinceMs = nowMs;
    if (nowMs - this.#sinceMs < this.#limitMs) return false;
    this.#sinceMs = nowMs;
    return true;
  }
}
