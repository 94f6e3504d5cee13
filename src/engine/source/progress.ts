/** Long work says how far it is: blocks done, rate, time left; not more often than a person can read. */
import type { Logger } from 'pino';

/** Milliseconds on a clock that never goes back. */
export type MonotonicClock = () => number;

const intervalMs = 5_000;

export class Progress {
  readonly #logger: Logger;
  readonly #clock: MonotonicClock;
  readonly #chainId: number;
  readonly #from: number;
  readonly #to: number;
  readonly #startedAt: number;
  #saidAt: number;

  constructor(
    logger: Logger,
    clock: MonotonicClock,
    work: { readonly chainId: number; readonly from: number; readonly to: number },
  ) {
    this.#logger = logger;
    this.#clock = clock;
    this.#chainId = work.chainId;
    this.#from = work.from;
    this.#to = work.to;
    this.#startedAt = clock();
    this.#saidAt = this.#startedAt;
    logger.info(
      { chainId: work.chainId, from: work.from, to: work.to, blocks: work.to - work.from + 1 },
      'backfill started',
    );
  }

  /** All blocks up to this one are done. */
  reached(blockNumber: number): void {
    const now = this.#clock();
    if (now - this.#saidAt < intervalMs) return;
    this.#saidAt = now;
    const done = blockNumber - this.#from + 1;
    const left = this.#to - blockNumber;
    const blocksPerSecond = done / ((now - this.#startedAt) / 1000);
    this.#logger.info(
      {
        chainId: this.#chainId,
        block: blockNumber,
        blocksDone: done,
        blocksLeft: left,
        blocksPerSecond: Math.round(blocksPerSecond),
        secondsLeft: Math.round(left / blocksPerSecond),
      },
      'backfill progress',
    );
  }

  done(): void {
    const durationMs = Math.round(this.#clock() - this.#startedAt);
    this.#logger.info(
      { chainId: this.#chainId, from: this.#from, to: this.#to, durationMs },
      'backfill done',
    );
  }
}
