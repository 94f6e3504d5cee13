/**
 * How long something may take. Where the machine is busy with other work this process's own pauses end late, and so do the daemon's: by as
 * much the limit moves.
 */
import { sleep } from '../../src/primitives/time.ts';

export class Patience {
  readonly #limitMs: number;
  #startedAt = performance.now();
  #lateMs = 0;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  get tookMs(): number {
    return Math.round(performance.now() - this.#startedAt);
  }

  /** The limit, and by how much the pauses so far ended late. */
  get allowedMs(): number {
    return this.#limitMs + Math.round(this.#lateMs);
  }

  get isOver(): boolean {
    return this.tookMs > this.allowedMs;
  }

  async pause(durationMs: number): Promise<void> {
    const startedAt = performance.now();
    await sleep(durationMs);
    this.#lateMs += Math.max(0, performance.now() - startedAt - durationMs);
  }

  /** Begins anew: what is waited for came further. */
  renew(): void {
    this.#startedAt = performance.now();
    this.#lateMs = 0;
  }
}
