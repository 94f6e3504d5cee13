/** A task that can be begun anew when it is stuck. */
import { TraceChainError } from '../../../primitives/errors.ts';
import { within } from './supervise.ts';

/** A source that is stuck couldn't be helped by starting it anew, so the process is to end: a service manager starts another. */
export class StuckSourceError extends TraceChainError {
  override readonly name = 'StuckSourceError';

  constructor(chainId: number, message: string) {
    super(message, {
      code: 'sync/stuck-source',
      fix: 'Nothing is lost. The service manager starts the daemon again; if it comes back, the log before this says what node or database answered last.',
      place: { chainId },
    });
  }
}

export class RestartableTask {
  readonly #work: (signal: AbortSignal) => Promise<void>;
  /** How long the work may take to end once it is told to. */
  readonly #graceMs: number;
  #current = new AbortController();
  #ended: Promise<unknown> = Promise.resolve();
  readonly #left = Promise.withResolvers<never>();

  constructor(work: (signal: AbortSignal) => Promise<void>, graceMs: number) {
    this.#work = work;
    this.#graceMs = graceMs;
    // It is rejected whether or not the work still runs that would be told.
    this.#left.promise.catch(() => undefined);
  }

  /** Runs the work, anew after each `restart`, until the signal is aborted or the work ends by itself or fails. */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      const current = new AbortController();
      this.#current = current;
      try {
        const working = this.#work(AbortSignal.any([signal, current.signal]));
        this.#ended = Promise.allSettled([working]);
        await Promise.race([working, this.#left.promise]);
        if (!current.signal.aborted || signal.aborted) return;
      } catch (error) {
        // What it throws because it is told to end is no failure.
        if (!current.signal.aborted || signal.aborted || error instanceof StuckSourceError) throw error;
      }
    }
  }

  /** Ends the work and begins it anew; `run` rejects with the error where it doesn't end in its time. */
  async restart(error: StuckSourceError): Promise<void> {
    this.#current.abort(new DOMException('begun anew', 'AbortError'));
    if (!(await within(this.#graceMs, this.#ended))) this.#left.reject(error);
  }
}
