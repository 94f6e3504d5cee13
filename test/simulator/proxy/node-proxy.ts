/** A proxy between the daemon and a node. It forwards requests and answers, unless a fault is due. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { required } from '../../../src/primitives/errors.ts';
import type { Fork } from '../site/fork.ts';
import { faultyAnswer, faultyBody } from './faulty-answers.ts';
import type { ExchangeFault, FaultDecisions, NodeFault, SocketFault } from './faults.ts';

const requestSchema = z.object({ id: z.number(), method: z.string(), params: z.array(z.unknown()) });
const bodySchema = z.union([requestSchema, z.array(requestSchema)]);
export type RpcRequest = z.infer<typeof requestSchema>;

export interface RpcAnswer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

export interface NodeProxyOptions {
  /** Distinguishes the nodes in fault decisions. */
  readonly node: number;
  readonly onFault: (fault: NodeFault) => void;
}

/** The number of chunks that a socket forwards before its fault. */
const chunksBeforeSocketFault = 4;

export class NodeProxy {
  readonly #options: NodeProxyOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();
  #decisions: FaultDecisions | null = null;
  #view: Fork | null = null;
  #other: () => Fork | null = () => null;

  private constructor(options: NodeProxyOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    this.#server.on('upgrade', (request, socket, head: Buffer) => this.#upgrade(request, socket, head));
  }

  static async start(options: NodeProxyOptions): Promise<NodeProxy> {
    const proxy = new NodeProxy(options);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get rpcUrl(): string {
    return `http://127.0.0.1:${this.#port()}`;
  }

  get webSocketUrl(): string {
    return `ws://127.0.0.1:${this.#port()}`;
  }

  /**
   * Sets the chain of this node. `other` returns the one that its load balancer may answer from by mistake.
   */
  show(view: Fork, other: () => Fork | null): void {
    const before = this.#view;
    this.#view = view;
    this.#other = other;
    // A socket is a connection to one node, so it does not follow the switch.
    if (before !== null && before !== view) this.dropSockets();
  }

  /** Sets the fault decisions from now on; null for no faults. */
  trouble(decisions: FaultDecisions | null): void {
    this.#decisions = decisions;
    if (decisions === null) this.dropSockets();
  }

  dropSockets(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.dropSockets();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = bodySchema.parse(JSON.parse(await text(request)));
    const requests = Array.isArray(body) ? body : [body];
    const fault = this.#decisions?.ofExchange(this.#options.node, requests) ?? null;
    if (fault !== null && this.#refuse(fault, response)) return;
    const stray = fault === 'other-fork' ? this.#other() : null;
    if (stray !== null) this.#options.onFault('other-fork');
    const upstream = stray ?? required(this.#view, 'the node’s fork');
    const answers = await this.#ask(upstream, requests);
    const changed = faultyBody(fault, answers);
    if (changed.isChanged) this.#options.onFault(required(fault, 'the fault of a changed answer'));
    const content = JSON.stringify(Array.isArray(body) ? changed.answers : changed.answers[0]);
    response.writeHead(200, { 'content-type': 'application/json' });
    if (fault === 'truncated-answer') this.#options.onFault(fault);
    response.end(fault === 'truncated-answer' ? content.slice(0, Math.floor(content.length / 2)) : content);
  }

  /** Answers without the node, if the fault is of that kind. */
  #refuse(fault: ExchangeFault, response: ServerResponse): boolean {
    switch (fault) {
      case 'http-error':
        response.writeHead(502).end('bad gateway');
        break;
      case 'rate-limited':
        response.writeHead(429, { 'retry-after': '0' }).end('slow down');
        break;
      case 'timeout':
        // Never answered: the daemon times out and closes the connection.
        break;
      case 'connection-reset':
        response.destroy();
        break;
      default:
        return false;
    }
    this.#options.onFault(fault);
    return true;
  }

  async #ask(upstream: Fork, requests: readonly RpcRequest[]): Promise<RpcAnswer[]> {
    return await upstream.gate.pass(async () => {
      const answers = await exchange(upstream.anvil.rpcUrl, requests);
      return await Promise.all(
        requests.map(async (request, index) => {
          const answer = required(answers[index], 'the answer of a request');
          const fault = this.#decisions?.ofAnswer(this.#options.node, request) ?? null;
          if (fault === null) return answer;
          const stray = this.#other();
          const faulty = await faultyAnswer(fault, request, answer, {
            ask: async (again) => await exchangeOne(upstream, again),
            askStray: async (again) => stray && (await exchangeOne(stray, again)),
          });
          if (faulty === null) return answer;
          this.#options.onFault(fault);
          return faulty;
        }),
      );
    });
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const fault = this.#decisions?.ofSocket(this.#options.node) ?? null;
    this.#keep(socket);
    if (fault === 'socket-refused') {
      this.#options.onFault(fault);
      socket.destroy();
      return;
    }
    const { anvil } = required(this.#view, 'the node’s fork');
    const upstream = connect(anvil.port, '127.0.0.1');
    this.#keep(upstream);
    const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${String(value)}`);
    upstream.write([`GET ${request.url ?? '/'} HTTP/1.1`, ...headers, '', ''].join('\r\n'));
    upstream.write(head);
    socket.pipe(upstream);
    this.#passOn(upstream, socket, fault);
  }

  #passOn(upstream: Socket, socket: Duplex, fault: SocketFault | null): void {
    let chunks = 0;
    upstream.on('data', (chunk) => {
      chunks += 1;
      const isDue = fault !== null && chunks > chunksBeforeSocketFault;
      if (isDue && (fault === 'socket-repeats' || chunks === chunksBeforeSocketFault + 1))
        this.#options.onFault(fault);
      if (isDue && fault === 'socket-dropped') socket.destroy();
      else if (!isDue || fault !== 'socket-silent') socket.write(chunk);
      if (isDue && fault === 'socket-repeats') socket.write(chunk);
    });
    const end = (): void => {
      socket.destroy();
      upstream.destroy();
    };
    for (const one of [socket, upstream]) one.on('close', end);
  }

  #keep(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  }

  #port(): number {
    const address = this.#server.address();
    return required(typeof address === 'object' ? address?.port : undefined, 'the port of a proxy');
  }
}

async function exchangeOne(fork: Fork, request: RpcRequest): Promise<RpcAnswer> {
  return required((await exchange(fork.anvil.rpcUrl, [request]))[0], 'an answer');
}

/** A faultless exchange with a node: the answers in the order of the requests. */
async function exchange(url: string, requests: readonly RpcRequest[]): Promise<RpcAnswer[]> {
  const body = requests.map((request) => ({ jsonrpc: '2.0', ...request }));
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answers = (await response.json()) as RpcAnswer[];
  const byId = new Map(answers.map((answer) => [answer.id, answer]));
  return requests.map(({ id }) => required(byId.get(id), 'the answer of a request'));
}
