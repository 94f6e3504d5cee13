/** A task that can be restarted when it is stuck. */
import { TraceChainError } from '../../../primitives/errors.ts';
import { within } from './supervise.ts';

/** A restart did not help a stuck source, so the process must end; a service manager starts a new one. */
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

/** Runs one work function, and restarts it on request. */
export class RestartableTask {
  readonly #work: (signal: AbortSignal) => Promise<void>;
  /** Milliseconds that the work may take to end after its abort. */
  readonly #graceMs: number;
  #current = new AbortController();
  #ended: Promise<unknown> = Promise.resolve();
  readonly #left = Promise.withResolvers<never>();

  constructor(work: (signal: AbortSignal) => Promise<void>, graceMs: number) {
    this.#work = work;
    this.#graceMs = graceMs;
    // It is rejected whether or not `run` still waits for it.
    this.#left.promise.catch(() => undefined);
  }

  /**
   * Runs the work, again after each `restart`, until the signal is aborted, the work ends by itself, or it
   * fails. Rejects with the failure, or with the StuckSourceError of a `restart` that did not end the work.
   */
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
        // An error that the abort causes is no failure.
        if (!current.signal.aborted || signal.aborted || error instanceof StuckSourceError) throw error;
      }
    }
  }

  /**
   * Aborts the work and starts it again. If the work does not end within the grace period, `run` rejects with
   * the error.
   */
  async restart(error: StuckSourceError): Promise<void> {
    this.#current.abort(new DOMException('begun anew', 'AbortError'));
    if (!(await within(this.#graceMs, this.#ended))) this.#left.reject(error);
  }
}
