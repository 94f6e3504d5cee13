/** Plain JSON-RPC over HTTP, for making chains and for the floor, without the project's RPC client. */
import { z } from 'zod';

const answerSchema = z.object({
  id: z.number(),
  result: z.unknown().optional(),
  error: z.unknown().optional(),
});

/** Returns the results of a batch, in the order of its requests. */
export async function callBatch(
  url: string,
  requests: readonly (readonly [method: string, parameters: readonly unknown[]])[],
): Promise<unknown[]> {
  const body = requests.map(([method, params], id) => ({ jsonrpc: '2.0', id, method, params }));
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answers = z.array(answerSchema).parse(await response.json());
  const results: unknown[] = [];
  for (const { id, result, error } of answers) {
    if (error !== undefined) throw new Error(`${requests[id]?.[0]}: ${JSON.stringify(error)}`);
    results[id] = result;
  }
  return results;
}

export async function call(url: string, method: string, ...parameters: readonly unknown[]): Promise<unknown> {
  const [result] = await callBatch(url, [[method, parameters]]);
  return result;
}
