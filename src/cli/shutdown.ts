/** Leaving on Ctrl-C and SIGTERM: the first asks for it, the second, or the end of patience, does it. */
import { constants } from 'node:os';

const patienceMs = 10_000;

/**
 * A terminal sends Ctrl-C to every process in front, and npm and our own launcher pass theirs on: signals this close
 * together are one.
 */
const echoMs = 100;

export interface Shutdown extends Disposable {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** For what must still be told when the process leaves at once: it has to be synchronous. */
  onHardExit(action: () => void): void;
}

export interface ShutdownOptions {
  /** Says that the first signal came. */
  readonly announce: (signal: NodeJS.Signals) => void;
  readonly patienceMs?: number;
}

/** Takes the process's signals over until it is disposed of. */
export function listenForShutdown(options: ShutdownOptions): Shutdown {
  const controller = new AbortController();
  const lastActions: (() => void)[] = [];
  let firstAtMs = 0;
  let timer: NodeJS.Timeout | undefined;

  const leaveAtOnce = (signal: NodeJS.Signals): never => {
    for (const action of lastActions) action();
    return process.exit(128 + constants.signals[signal]);
  };
  const handle = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      if (performance.now() - firstAtMs > echoMs) leaveAtOnce(signal);
      return;
    }
    firstAtMs = performance.now();
    options.announce(signal);
    timer = setTimeout(leaveAtOnce, options.patienceMs ?? patienceMs, signal);
    // Work that is done leaves earlier: the timer alone keeps nothing alive.
    timer.unref();
    controller.abort(new DOMException(`stopped by ${signal}`, 'AbortError'));
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return {
    signal: controller.signal,
    onHardExit: (action) => void lastActions.push(action),
    [Symbol.dispose]() {
      clearTimeout(timer);
      process.off('SIGINT', handle);
      process.off('SIGTERM', handle);
    },
  };
}
