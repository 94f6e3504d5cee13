/** A mutex: runs tasks one at a time, in the order of their calls. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();
  #taken = 0;

  /** Whether a task submitted now would start immediately. */
  get areFree(): boolean {
    return this.#taken === 0;
  }

  /** Runs the task after all earlier tasks have settled. Resolves or rejects with the task's own result. */
  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#taken += 1;
    const turn = this.#last.then(work).finally(() => (this.#taken -= 1));
    // Only the failed task's caller sees its error; the next task just waits for the end.
    this.#last = turn.catch(() => undefined);
    return await turn;
  }
}
