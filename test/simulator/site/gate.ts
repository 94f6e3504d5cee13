/**
 * A shared/exclusive lock: anvil answers wrongly if it is asked for the state of its newest block while it
 * mines the next.
 */
export class Gate {
  #passing = 0;
  #alone: Promise<void> = Promise.resolve();
  #whenEmpty: (() => void) | null = null;

  async pass<Result>(work: () => Promise<Result>): Promise<Result> {
    let alone: Promise<void>;
    do {
      alone = this.#alone;
      await alone;
    } while (alone !== this.#alone);
    this.#passing += 1;
    try {
      return await work();
    } finally {
      this.#passing -= 1;
      if (this.#passing === 0) this.#whenEmpty?.();
    }
  }

  async alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = this.#alone;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#alone = promise;
    await before;
    if (this.#passing > 0) await new Promise<void>((empty) => (this.#whenEmpty = empty));
    this.#whenEmpty = null;
    try {
      return await work();
    } finally {
      resolve();
    }
  }
}
