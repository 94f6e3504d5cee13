/** Helpers for several promises at once. */

/**
 * Like `Promise.all`, but waits for all promises to settle before it throws. Use it for tasks that share a resource, such as a database
 * session, that the caller releases after a failure.
 */
export async function allDone<const Tasks extends readonly Promise<unknown>[]>(
  tasks: Tasks,
): Promise<{ -readonly [Index in keyof Tasks]: Awaited<Tasks[Index]> }> {
  await Promise.allSettled(tasks);
  return await Promise.all(tasks);
}
