/** A proxy before a node that changes, withholds or refuses what a test says, and passes everything else on as it is. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

const requestSchema = z.object({ id: z.number(), method: z.string(), params: z.array(z.unknown()) });
export type ProxiedRequest = z.infer<typeof requestSchema>;

const bodySchema = z.union([requestSchema, z.array(requestSchema)]);
const answerSchema = z.looseObject({ id: z.number(), result: z.unknown() });
export type ProxiedAnswer = z.infer<typeof answerSchema>;

export interface NodeProxy extends AsyncDisposable {
  readonly url: string;
  /** The node behind it, which may be changed. */
  upstreamUrl: string;
  /** How often each method was asked for. */
  readonly asked: Map<string, number>;
  /** What becomes of a result; undefined in place of an answer never answers. */
  change: ((request: ProxiedRequest, result: unknown) => unknown) | null;
  /** What becomes of a whole answer, error or not. */
  changeAnswer: ((request: ProxiedRequest, answer: ProxiedAnswer) => unknown) | null;
  /** Answers a whole HTTP request in the node's place; false lets it pass. */
  intercept: ((response: ServerResponse, requests: readonly ProxiedRequest[]) => boolean) | null;
}

export async function startNodeProxy(upstreamUrl: string): Promise<NodeProxy> {
  const server = createServer((request, response) => {
    async function respond(): Promise<void> {
      const body = await text(request);
      const parsed = bodySchema.parse(JSON.parse(body));
      const requests = Array.isArray(parsed) ? parsed : [parsed];
      for (const { method } of requests) proxy.asked.set(method, (proxy.asked.get(method) ?? 0) + 1);
      if (proxy.intercept?.(response, requests) === true) return;
      const upstream = await fetch(proxy.upstreamUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      const answer: unknown = await upstream.json();
      const answers = z.array(z.unknown()).parse(Array.isArray(answer) ? answer : [answer]);
      const changed = answers.map((one) => changedAnswer(requests, one));
      if (changed.includes(undefined)) return;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(Array.isArray(answer) ? changed : changed[0]));
    }
    respond().catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });

  function changedAnswer(requests: readonly ProxiedRequest[], answer: unknown): unknown {
    const parsed = answerSchema.safeParse(answer);
    const request = requests.find(({ id }) => id === parsed.data?.id);
    if (proxy.changeAnswer !== null && request !== undefined && parsed.data !== undefined)
      return proxy.changeAnswer(request, parsed.data);
    if (proxy.change === null || request === undefined || parsed.data === undefined) return answer;
    const result = proxy.change(request, parsed.data.result);
    return result === undefined ? undefined : { ...parsed.data, result };
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const proxy: NodeProxy = {
    url: `http://127.0.0.1:${port}`,
    upstreamUrl,
    asked: new Map(),
    change: null,
    changeAnswer: null,
    intercept: null,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}
