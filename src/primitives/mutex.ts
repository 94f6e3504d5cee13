/** Work that mustn't happen at once: each waits for its turn, first come, first served. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();
  #taken = 0;

  /** Whether work that asked now would begin at once. */
  get areFree(): boolean {
    return this.#taken === 0;
  }

  /** Runs the work when all that was asked for before it has ended, however that ended. */
  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#taken += 1;
    const turn = this.#last.then(work).finally(() => (this.#taken -= 1));
    // What went wrong is its own caller's: the next one only waits for the end.
    this.#last = turn.catch(() => undefined);
    return await turn;
  }
}
