/**
 * Measures how far ingest is ahead of the projection. Ingest waits if it is too far ahead, which bounds
 * memory and the unprojected part of the ledger.
 */
import type { IngestSettings } from '../../settings.ts';

interface Appended {
  readonly through: number;
  readonly blocks: number;
  readonly logs: number;
}

/** The appended blocks that the projection has not folded yet, with their limits. */
export class Backlog {
  readonly #limits: Pick<IngestSettings, 'maximumAheadBlocks' | 'maximumAheadLogs'>;
  #waiting: Appended[] = [];
  #wake: (() => void)[] = [];

  constructor(limits: Pick<IngestSettings, 'maximumAheadBlocks' | 'maximumAheadLogs'>) {
    this.#limits = limits;
  }

  appended(entry: Appended): void {
    this.#waiting.push(entry);
  }

  /** The blocks after `fork` are orphaned and no longer count as waiting. */
  orphaned(fork: number): void {
    this.#waiting = this.#waiting.map((entry) => ({ ...entry, through: Math.min(entry.through, fork) }));
  }

  /** The projection has folded all blocks up to and including this one. */
  projected(through: number): void {
    this.#waiting = this.#waiting.filter((entry) => entry.through > through);
    const woken = this.#wake;
    this.#wake = [];
    for (const wake of woken) wake();
  }

  /** Resolves when ingest may append more; rejects when the signal is aborted. */
  async room(signal: AbortSignal): Promise<void> {
    while (this.#isFull()) {
      signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          signal.removeEventListener('abort', wake);
          resolve();
        };
        signal.addEventListener('abort', wake, { once: true });
        this.#wake.push(wake);
      });
    }
    signal.throwIfAborted();
  }

  #isFull(): boolean {
    let blocks = 0;
    let logs = 0;
    for (const entry of this.#waiting) {
      blocks += entry.blocks;
      logs += entry.logs;
    }
    return blocks > this.#limits.maximumAheadBlocks || logs > this.#limits.maximumAheadLogs;
  }
}
