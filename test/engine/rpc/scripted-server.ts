/** An HTTP server that responds like a faulty or limited node or gateway, which anvil cannot simulate. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

const scriptedRequest = z.object({ id: z.number(), method: z.string(), params: z.array(z.unknown()) });
export type ScriptedRequest = z.infer<typeof scriptedRequest>;

const requestBody = z.union([scriptedRequest, z.array(scriptedRequest)]);

export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. Undefined sends no response. */
  readonly body: unknown;
  /** Sent unchanged as the body. */
  readonly text?: string;
  /** Sent unchanged; then the connection stalls. */
  readonly unfinished?: string;
}

export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  /** The sizes of the received batches, in order. */
  readonly batchSizes: number[];
}

/** Starts a server whose responses come from a function of the requests of a batch and the number of earlier HTTP requests. */
export async function startScriptedServer(
  script: (requests: readonly ScriptedRequest[], earlier: number) => ScriptedAnswer,
): Promise<ScriptedServer> {
  const batchSizes: number[] = [];
  const server = createServer((request, response) => {
    async function respond(): Promise<void> {
      const body = requestBody.parse(JSON.parse(await text(request)));
      const requests = Array.isArray(body) ? body : [body];
      const answer = script(requests, batchSizes.length);
      batchSizes.push(requests.length);
      if (answer.unfinished !== undefined) response.write(answer.unfinished);
      if (answer.body === undefined && answer.text === undefined) return;
      const isSingle = Array.isArray(answer.body) && !Array.isArray(body);
      const content: unknown = isSingle ? answer.body[0] : answer.body;
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
      response.end(answer.text ?? JSON.stringify(content));
    }
    respond().catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    batchSizes,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A result for every request. */
export function results(
  requests: readonly ScriptedRequest[],
  resultOf: (request: ScriptedRequest) => unknown,
): object[] {
  return requests.map((request) => ({ jsonrpc: '2.0', id: request.id, result: resultOf(request) }));
}

export function refusal(request: ScriptedRequest | undefined, code: number, message: string): object {
  return { jsonrpc: '2.0', id: request?.id ?? null, error: { code, message } };
}
