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
