/**
 * Watches ingest from outside. A failure that is told is tried again by whoever had it; what is watched for here is silence: a request that
 * never ends, a wait for something that doesn't come, a loop that asks the same for ever, while the chain's head moves on.
 */
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { NodePool } from '../../chain/nodes.ts';
import { recordSystemEvent } from '../../../db/system-events.ts';
import { type MonotonicClock, sleep } from '../../../primitives/time.ts';
import { type RestartableTask, StuckSourceError } from './restartable.ts';

export interface WatchdogTimes {
  /** Between looks. */
  readonly intervalMs: number;
  /** Without an answer of any node to ingest, nor a block taken, for so long: stuck. */
  readonly silentMs: number;
  /** With answers, but without a block taken, for so long: it goes round in circles. */
  readonly fruitlessMs: number;
  /** How often the source is begun anew before the process ends. */
  readonly restarts: number;
}

export const defaultWatchdogTimes: WatchdogTimes = {
  intervalMs: 10_000,
  silentMs: 120_000,
  fruitlessMs: 1_800_000,
  restarts: 3,
};

/** What ingest says of itself, without being asked to do anything. */
export interface IngestPulse {
  /** Answers that nodes have given it. */
  readonly answers: number;
  /** Blocks taken, and faults of the database that it waits out: nothing that beginning anew would help. */
  readonly progress: number;
  /** The next block to take; null before it knows. */
  readonly next: number | null;
  /** The projection is too far behind: it waits for that. */
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

/** Watches until the signal is aborted. Where beginning anew doesn't help, the source's task fails with a StuckSourceError. */
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

/** The database may be what it hangs on, so nothing waits for the event to be written. */
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

/** Tells a source that is stuck from one that has nothing to do: pure, from what is observed of it now and then. */
export interface Observation {
  /** Anything that is another when there was progress. */
  readonly progress: string | number;
  /** Whether there is something to do that should make progress. */
  readonly isDue: boolean;
}

export class StallDetector {
  readonly #limitMs: number;
  #last: Observation | null = null;
  #sinceMs = 0;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** Whether there has been something to do and no progress for longer than the limit. After a yes it counts anew. */
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
