import { z } from 'zod';

const answerSchema = z.object({ result: z.unknown().optional(), error: z.unknown().optional() });

/** One JSON-RPC call, for tests of what lies below our own client of the node. */
export async function callNode(
  rpcUrl: string,
  method: string,
  parameters: readonly unknown[] = [],
): Promise<unknown> {
  const response = await fetch(rpcUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: parameters }),
  });
  const answer = answerSchema.parse(await response.json());
  if (answer.error !== undefined) throw new Error(`${method}: ${JSON.stringify(answer.error)}`);
  return answer.result;
}
