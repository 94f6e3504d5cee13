/** Shutdown on Ctrl-C, SIGTERM and the closing of the terminal (SIGHUP): the first signal requests it; the second, or a timeout, ends the process. */
import { constants } from 'node:os';

const patienceMs = 10_000;

/**
 * A terminal sends Ctrl-C to every foreground process, and npm and our launcher forward theirs: signals within this interval
 * count as one.
 */
const echoMs = 100;

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Shutdown extends Disposable {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Reports something when the process ends at once; must be synchronous. */
  onHardExit(action: () => void): void;
}

export interface ShutdownOptions {
  /** Called at the first signal. */
  readonly announce: (signal: NodeJS.Signals) => void;
  readonly patienceMs?: number;
}

/** Handles the process's signals until it is disposed. */
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
    // The timer does not keep the process alive, so finished work ends earlier.
    timer.unref();
    controller.abort(new DOMException(`stopped by ${signal}`, 'AbortError'));
  };
  for (const signal of signals) process.on(signal, handle);
  return {
    signal: controller.signal,
    onHardExit: (action) => void lastActions.push(action),
    [Symbol.dispose]() {
      clearTimeout(timer);
      for (const signal of signals) process.off(signal, handle);
    },
  };
}
