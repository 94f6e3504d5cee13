/**
 * Pipelined connections: statements are sent without waiting for the answers of those before them, so a transaction costs as many
 * round trips as there are results that it needs before it can go on.
 */
import type { ClientBase, Pool } from 'pg';

export function isPipelined(client: ClientBase | Pool): boolean {
  return 'pipeline' in client && client.pipeline === true;
}

/**
 * Does works of one transaction that don't need each other's results: all at once on a pipelined connection, in this order on any
 * other. Throws the first failure, when all have ended: nothing of them may reach the server after the transaction was rolled back.
 */
export async function together(
  client: ClientBase | Pool,
  works: readonly (() => Promise<unknown>)[],
): Promise<void> {
  if (!isPipelined(client)) {
    for (const work of works) await work();
    return;
  }
  const failures: unknown[] = [];
  await Promise.all(
    works.map(async (work) => {
      try {
        await work();
      } catch (error) {
        failures.push(error);
      }
    }),
  );
  if (failures.length > 0) throw failures[0];
}
