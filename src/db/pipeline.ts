/**
 * Pipelined connections: statements are sent without waiting for the results of earlier ones, so a transaction needs only as many round
 * trips as there are results that it depends on.
 */
import type { ClientBase, Pool } from 'pg';
import { errorCode } from './errors.ts';

/** Whether the client's pool was created with `isPipelined`. */
export function isPipelined(client: ClientBase | Pool): boolean {
  return 'pipeline' in client && client.pipeline === true;
}

/**
 * Runs tasks of one transaction that do not depend on each other's results: concurrently on a pipelined connection, in order on any other.
 * Returns their results. After a failure it waits until all tasks have ended, because no statement may reach the server after the rollback,
 * and throws the first failure.
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

/**
 * After a failure in a transaction PostgreSQL executes and prepares nothing. A statement that was not prepared is then unknown when it is
 * sent again.
 */
const consequences: ReadonlySet<string | undefined> = new Set(['25P02', '26000']);

/** Whether the statement failed only because an earlier one of its transaction did. The task of the earlier statement may end later. */
function isConsequence(failure: unknown): boolean {
  return consequences.has(errorCode(failure));
}
