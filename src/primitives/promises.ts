/** Waiting for several things at once. */

/**
 * Like `Promise.all`, but when one fails the others are waited for before it is thrown: for what shares something, such as a
 * database session, that ends with the failure.
 */
export async function allDone<const Tasks extends readonly Promise<unknown>[]>(
  tasks: Tasks,
): Promise<{ -readonly [Index in keyof Tasks]: Awaited<Tasks[Index]> }> {
  await Promise.allSettled(tasks);
  return await Promise.all(tasks);
}
