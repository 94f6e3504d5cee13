/** Work that mustn't happen at once: each waits for its turn, first come, first served. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs the work when all that was asked for before it has ended, however that ended. */
  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work);
    // What went wrong is its own caller's: the next one only waits for the end.
    this.#last = turn.catch(() => undefined);
    return await turn;
  }
}
