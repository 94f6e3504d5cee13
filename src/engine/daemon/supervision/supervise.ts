/** Supervises tasks as one group: every promise is awaited, and all tasks end when one fails. */
import { TraceChainError } from '../../../primitives/errors.ts';

export type RunTask = (name: string, task: () => Promise<void>) => void;

export interface SuperviseOptions {
  /** Milliseconds that tasks may take to end after the abort. If undefined, there is no limit. */
  readonly graceMs?: number;
}

/**
 * Runs `start`, which starts tasks through its second argument. Waits until the outer signal is aborted or a
 * task fails, then aborts the inner signal and waits for all tasks.
 *
 * Rejects with the first failure from before the abort; errors that the abort causes are ignored. Throws a
 * StuckTasksError, without waiting further, if a task does not end within the grace period: the process must
 * end.
 */
export async function superviseTasks(
  outer: AbortSignal,
  start: (signal: AbortSignal, run: RunTask) => Promise<void>,
  options: SuperviseOptions = {},
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([outer, stop.signal]);
  const running = new Map<Promise<void>, string>();
  const failures: unknown[] = [];
  const ended = Promise.withResolvers<void>();
  const fail = (error: unknown): void => {
    if (!signal.aborted) failures.push(error);
    ended.resolve();
  };
  const own = (name: string, work: Promise<void>): void => {
    const task: Promise<void> = work.catch(fail).finally(() => running.delete(task));
    running.set(task, name);
  };
  const run: RunTask = (name, work) =>
    own(
      name,
      work().then(() => fail(new TaskEndedError(name))),
    );
  signal.addEventListener('abort', () => ended.resolve(), { once: true });
  if (signal.aborted) ended.resolve();
  // `start` itself may hang, as any task, when a task fails or the abort comes.
  own('start', start(signal, run));
  await ended.promise;
  stop.abort();
  const hasEnded = await within(options.graceMs, Promise.allSettled(running.keys()));
  if (!hasEnded) throw new StuckTasksError([...running.values()], failures[0]);
  if (failures.length > 0) throw failures[0];
}

/**
 * Waits for the work for at most `limitMs` milliseconds (without limit if undefined); returns whether it
 * ended. Throws the work's error.
 */
export async function within(limitMs: number | undefined, work: Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const timer = limitMs === undefined ? undefined : setTimeout(() => late.resolve(false), limitMs);
  try {
    return await Promise.race([work.then(() => true), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** A task that must run until the daemon stops ended by itself. */
export class TaskEndedError extends Error {
  override readonly name = 'TaskEndedError';

  constructor(task: string) {
    super(`the task ${task} ended although nobody had stopped it`);
  }
}

/**
 * Tasks did not end after the abort: they wait for something that never comes, such as a database behind a
 * lost network.
 */
export class StuckTasksError extends TraceChainError {
  override readonly name = 'StuckTasksError';

  constructor(tasks: readonly string[], cause: unknown) {
    const because = cause instanceof Error ? `, after: ${cause.message}` : '';
    super(`${tasks.join(', ')} didn't stop when told to, so the process ends without them${because}`, {
      code: 'sync/stuck-tasks',
      fix: 'Nothing is lost: what they were writing is rolled back. Start it again; if it comes back, look at the database and the network between.',
      cause,
    });
  }
}
