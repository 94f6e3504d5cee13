/** Tasks that live and die together: no promise floats, and nobody works on after a neighbour has failed. */
import { TraceChainError } from '../../../primitives/errors.ts';

export type RunTask = (name: string, task: () => Promise<void>) => void;

export interface SuperviseOptions {
  /** How long tasks may take to end once they are told to. Without it they are waited for, however long that is. */
  readonly graceMs?: number;
}

/**
 * Runs `start`, which starts tasks through its second argument, and waits until the outer signal is aborted or a task
 * fails; then aborts the signal that it gave and waits for all of them. Rejects with the first failure that came before
 * anything was aborted; what tasks throw because they are told to stop is none. A task that doesn't end in its time is left behind, and
 * a StuckTasksError thrown: the process is to end.
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
  // What is still being started when a task fails, or the end is called, may hang as any task may.
  own('start', start(signal, run));
  await ended.promise;
  stop.abort();
  const hasEnded = await within(options.graceMs, Promise.allSettled(running.keys()));
  if (!hasEnded) throw new StuckTasksError([...running.values()], failures[0]);
  if (failures.length > 0) throw failures[0];
}

/** Waits for the work, for at most so long (for ever, if undefined); whether it has ended. Its failure is thrown. */
export async function within(limitMs: number | undefined, work: Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const timer = limitMs === undefined ? undefined : setTimeout(() => late.resolve(false), limitMs);
  try {
    return await Promise.race([work.then(() => true), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** A task that is to run until the daemon stops came to an end by itself. */
export class TaskEndedError extends Error {
  override readonly name = 'TaskEndedError';

  constructor(task: string) {
    super(`the task ${task} ended although nobody had stopped it`);
  }
}

/** Tasks that were told to end, and didn't: they wait for something that never comes, such as a database behind a network that is gone. */
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
