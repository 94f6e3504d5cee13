import { z } from 'zod';

const answerSchema = z.object({
  id: z.number(),
  result: z.unknown().optional(),
  error: z.unknown().optional(),
});

export interface NodeCall {
  readonly method: string;
  readonly parameters: readonly unknown[];
}

/** One JSON-RPC call, for tests of what lies below our own client of the node. */
export async function callNode(
  rpcUrl: string,
  method: string,
  parameters: readonly unknown[] = [],
): Promise<unknown> {
  return (await callNodeAtOnce(rpcUrl, [{ method, parameters }]))[0];
}

/** Several calls in one exchange, which the node may execute in any order; their results in the order of the calls. */
export async function callNodeAtOnce(rpcUrl: string, calls: readonly NodeCall[]): Promise<unknown[]> {
  const body = calls.map(({ method, parameters }, id) => ({
    jsonrpc: '2.0',
    id,
    method,
    params: parameters,
  }));
  const response = await fetch(rpcUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answers = new Map(
    z
      .array(answerSchema)
      .parse(await response.json())
      .map((answer) => [answer.id, answer]),
  );
  return calls.map(({ method }, id) => {
    const answer = answers.get(id);
    if (answer === undefined || answer.error !== undefined)
      throw new Error(`${method}: ${JSON.stringify(answer?.error ?? 'no answer')}`);
    return answer.result;
  });
}
