/** Heads of a real node, by WebSocket and by polling, through a proxy that injects network faults. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { followHead, pollHead } from '../../../src/engine/source/head.ts';
import { createNode } from '../../../src/engine/rpc/node.ts';
import { startTestAnvil } from '../../support/anvil.ts';
import type { HeadOptions } from '../../../src/engine/source/head.ts';
import type { ChainNode } from '../../../src/engine/rpc/node.ts';
import type { AnvilServer } from '../../../src/devnet/anvil.ts';

let anvil: AnvilServer;
let node: ChainNode;

beforeAll(async () => {
  anvil = await startTestAnvil();
  node = createNode({ url: anvil.rpcUrl });
});

afterAll(() => anvil.stop());

async function mine(blocks = 1): Promise<void> {
  await node.request('anvil_mine', [`0x${blocks.toString(16)}`]);
}

async function headNumber(): Promise<number> {
  return (await pollHead(node)(new AbortController().signal)).number;
}

interface Following extends AsyncDisposable {
  readonly numbers: number[];
  readonly problems: unknown[];
  /** Resolves once that head was yielded. */
  reach(number: number): Promise<void>;
}

const never = 3_600_000;
/** Poll intervals that exceed the duration of a test. */
const slow = { initialMs: never, minimumMs: never, maximumMs: never };

function follow(options: Partial<HeadOptions>): Following {
  const stop = new AbortController();
  const numbers: number[] = [];
  const problems: unknown[] = [];
  const heads = followHead({
    getHead: pollHead(node),
    pollIntervalMs: never,
    blockTime: slow,
    signal: stop.signal,
    onProblem: (error) => problems.push(error),
    ...options,
  });
  async function collect(): Promise<void> {
    for await (const { number } of heads) numbers.push(number);
  }
  const collecting = collect();
  return {
    numbers,
    problems,
    reach: (number) => expect.poll(() => numbers).toContain(number),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await collecting;
    },
  };
}

/** A TCP proxy in front of the node that can go silent, or drop connections. */
async function startProxy() {
  const clients = new Set<Socket>();
  const state = { isDeaf: false, connections: 0 };
  const server = createServer((client) => {
    state.connections += 1;
    clients.add(client);
    const upstream = connect(anvil.port, '127.0.0.1');
    client.pipe(upstream);
    upstream.on('data', (data) => {
      if (!state.isDeaf) client.write(data);
    });
    const end = (): void => {
      client.destroy();
      upstream.destroy();
      clients.delete(client);
    };
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `ws://127.0.0.1:${port}`,
    state,
    drop(): void {
      for (const client of clients) client.destroy();
    },
    async [Symbol.asyncDispose]() {
      this.drop();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('heads', () => {
  test('come by polling where there is no WebSocket', async () => {
    await using following = follow({ pollIntervalMs: 20 });
    const start = await headNumber();
    await following.reach(start);
    await mine();
    await following.reach(start + 1);
    expect(following.numbers).toEqual([start, start + 1]);
  });

  test('come by WebSocket without polling', async () => {
    let polls = 0;
    const getHead: HeadOptions['getHead'] = (signal) => {
      polls += 1;
      return pollHead(node)(signal);
    };
    await using following = follow({ webSocketUrls: [anvil.webSocketUrl], getHead });
    const start = await headNumber();
    // One at the start, one once the subscription is active.
    await expect.poll(() => polls).toBe(2);
    for (let block = 1; block <= 3; block += 1) {
      await mine();
      await following.reach(start + block);
    }
    expect(polls).toBe(2);
    expect(following.problems).toEqual([]);
  });

  test('are coalesced into the newest while nobody takes them', async () => {
    const stop = new AbortController();
    const heads = followHead({
      getHead: pollHead(node),
      pollIntervalMs: 10,
      blockTime: slow,
      signal: stop.signal,
      onProblem: (error) => expect.fail(String(error)),
    });
    const start = await headNumber();
    expect((await heads.next()).value).toMatchObject({ number: start });
    for (let block = 0; block < 5; block += 1) await mine();
    await expect.poll(headNumber).toBe(start + 5);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await heads.next()).value).toMatchObject({ number: start + 5 });
    stop.abort();
    expect(await heads.next()).toEqual({ done: true, value: undefined });
  });

  test('come again after the connection broke', async () => {
    await using proxy = await startProxy();
    await using following = follow({ webSocketUrls: [proxy.url] });
    const start = await headNumber();
    await following.reach(start);
    await expect.poll(() => proxy.state.connections).toBe(1);
    await mine();
    await following.reach(start + 1);
    proxy.drop();
    await expect.poll(() => following.problems).toMatchObject([{ kind: 'unreachable' }]);
    await expect.poll(() => proxy.state.connections).toBe(2);
    await mine();
    await following.reach(start + 2);
  });

  test('come although the connection went deaf, which is then made anew', async () => {
    await using proxy = await startProxy();
    await using following = follow({
      webSocketUrls: [proxy.url],
      blockTime: { maximumMs: 200, minimumMs: 200 },
    });
    const start = await headNumber();
    await following.reach(start);
    await mine();
    await following.reach(start + 1);
    proxy.state.isDeaf = true;
    await mine();
    await following.reach(start + 2);
    proxy.state.isDeaf = false;
    await expect.poll(() => proxy.state.connections).toBe(2);
    await mine();
    await following.reach(start + 3);
  });

  test('come by polling while the WebSocket can’t be reached, its secrets unshown', async () => {
    const webSocketUrl = 'ws://127.0.0.1:1/v2/s3cr3t-key-123';
    await using following = follow({ webSocketUrls: [webSocketUrl], pollIntervalMs: 20 });
    const start = await headNumber();
    await mine();
    await following.reach(start + 1);
    await expect.poll(() => following.problems.length).toBeGreaterThan(0);
    expect(following.problems[0]).toMatchObject({ kind: 'unreachable' });
    expect(String(following.problems[0])).not.toContain('s3cr3t');
  });

  test('end at once when the loop is left, with nothing left running', async () => {
    const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    for await (const { number } of followHead({
      getHead: pollHead(node),
      webSocketUrls: [anvil.webSocketUrl],
      pollIntervalMs: never,
      blockTime: slow,
      signal: new AbortController().signal,
      onProblem: (error) => expect.fail(String(error)),
    })) {
      expect(number).toBeGreaterThan(0);
      break;
    }
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    await expect.poll(timers).toBeLessThanOrEqual(before + 1); // the poll's own
  });
});
