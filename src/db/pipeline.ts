/**
 * Pipelined connections: statements are sent without waiting for the answers of those before them, so a transaction costs as many
 * round trips as there are results that it needs before it can go on.
 */
import type { ClientBase, Pool } from 'pg';
import { errorCode } from './errors.ts';

export function isPipelined(client: ClientBase | Pool): boolean {
  return 'pipeline' in client && client.pipeline === true;
}

/**
 * Does works of one transaction that don't need each other's results: all at once on a pipelined connection, in this order on any
 * other. Returns their results. Throws the failure that came first, when all have ended: nothing of them may reach the server after the
 * transaction was rolled back.
 */
export async function pipelined<Results extends readonly unknown[]>(
  client: ClientBase | Pool,
  works: { readonly [Index in keyof Results]: () => Promise<Results[Index]> },
): Promise<Results> {
  const results: unknown[] = [];
  if (!isPipelined(client)) {
    for (const work of works) results.push(await work());
    return results as unknown as Results;
  }
  const failures: unknown[] = [];
  await Promise.all(
    works.map(async (work, index) => {
      try {
        results[index] = await work();
      } catch (error) {
        failures.push(error);
      }
    }),
  );
  if (failures.length > 0) throw failures.find((failure) => !isConsequence(failure)) ?? failures[0];
  return results as unknown as Results;
}

/** In a failed transaction nothing is executed, nor is a statement prepared, which is then not there when it is sent again. */
const consequences: ReadonlySet<string | undefined> = new Set(['25P02', '26000']);

/** Whether the statement was refused because an earlier one of its transaction failed, of which a work that has ended later may tell. */
function isConsequence(failure: unknown): boolean {
  return consequences.has(errorCode(failure));
}
