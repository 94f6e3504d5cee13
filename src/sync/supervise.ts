/** Tasks that live and die together: no promise floats, and nobody works on after a neighbour has failed. */

export type RunTask = (name: string, task: () => Promise<void>) => void;

/**
 * Runs `start`, which starts tasks through its second argument, and waits until the outer signal is aborted or a task
 * fails; then aborts the signal that it gave and waits for all of them. Rejects with the first failure that came before
 * anything was aborted; what tasks throw because they are told to stop is none.
 */
export async function superviseTasks(
  outer: AbortSignal,
  start: (signal: AbortSignal, run: RunTask) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([outer, stop.signal]);
  const tasks: Promise<void>[] = [];
  const failures: unknown[] = [];
  const ended = Promise.withResolvers<void>();
  const fail = (error: unknown): void => {
    if (!signal.aborted) failures.push(error);
    ended.resolve();
  };
  signal.addEventListener('abort', () => ended.resolve(), { once: true });
  if (signal.aborted) ended.resolve();
  try {
    await start(signal, (name, task) => {
      tasks.push(task().then(() => fail(new TaskEndedError(name)), fail));
    });
    await ended.promise;
  } catch (error) {
    fail(error);
  } finally {
    stop.abort();
    await Promise.allSettled(tasks);
  }
  if (failures.length > 0) throw failures[0];
}

/** A task that is to run until the daemon stops came to an end by itself. */
export class TaskEndedError extends Error {
  override readonly name = 'TaskEndedError';

  constructor(task: string) {
    super(`the task ${task} ended although nobody had stopped it`);
  }
}
