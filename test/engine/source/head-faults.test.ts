/** Faults of a WebSocket, injected by a server: heads continue to arrive, and the follower reconnects. */
import { expect, test } from 'vitest';
import { createBlockTimeMeter, defaultBlockTime } from '../../../src/engine/chain/block-time.ts';
import { followHead, type HeadOptions } from '../../../src/engine/source/head.ts';
import { Patience } from '../../support/patience.ts';
import {
  startWebSocketServer,
  type WebSocketConnection,
  type WebSocketServer,
} from '../../support/websocket-server.ts';
import { bloomOfNothing, numberedHash } from '../rpc/values.ts';

const never = 3_600_000;
/** Four blocks per second, the fastest rate that the meter accepts. */
const blockTimeMs = 250;
const timestampOf = (number: number): number => 1_000_000 + Math.floor((number * blockTimeMs) / 1000);

function message(number: number): object {
  const result = {
    number: `0x${number.toString(16)}`,
    hash: numberedHash(number + 1_000),
    parentHash: numberedHash(number + 999),
    timestamp: `0x${timestampOf(number).toString(16)}`,
    logsBloom: bloomOfNothing,
    receiptsRoot: numberedHash(1),
    stateRoot: numberedHash(1),
  };
  return { jsonrpc: '2.0', method: 'eth_subscription', params: { subscription: '0x1', result } };
}

/**
 * A chain that makes one block every quarter of a second and announces it to the subscribers, unless they are
 * muted.
 */
function startChain() {
  let number = 100;
  const chain = { isSilent: false, polls: [] as number[], listeners: [] as WebSocketConnection[] };
  const mining = setInterval(() => {
    number += 1;
    if (!chain.isSilent) for (const listener of chain.listeners) listener.send(message(number));
  }, blockTimeMs);
  return Object.assign(chain, {
    head: () => number,
    getHead: async () => {
      chain.polls.push(performance.now());
      return await Promise.resolve({
        number,
        hash: numberedHash(number + 1_000),
        timestamp: BigInt(timestampOf(number)),
      });
    },
    [Symbol.dispose]: () => clearInterval(mining),
  });
}

async function startServer(chain: ReturnType<typeof startChain>): Promise<WebSocketServer> {
  return await startWebSocketServer((connection, { id, method }) => {
    if (method !== 'eth_subscribe') return;
    connection.send({ jsonrpc: '2.0', id, result: '0x1' });
    chain.listeners = [connection];
  });
}

function follow(options: Pick<HeadOptions, 'getHead' | 'webSocketUrls'> & Partial<HeadOptions>) {
  const stop = new AbortController();
  const seen: { readonly number: number; readonly atMs: number }[] = [];
  const problems: unknown[] = [];
  const heads = followHead({
    pollIntervalMs: never,
    blockTime: { initialMs: blockTimeMs },
    signal: stop.signal,
    onProblem: (error) => problems.push(error),
    ...options,
  });
  async function collect(): Promise<void> {
    for await (const { number } of heads) seen.push({ number, atMs: performance.now() });
  }
  const collecting = collect();
  return {
    seen,
    problems,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await collecting;
    },
  };
}

test('a silence is noticed within three block times though polling would take an hour, and the connection is made anew', async () => {
  using chain = startChain();
  await using server = await startServer(chain);
  await using following = follow({ getHead: chain.getHead, webSocketUrls: [server.url] });
  await expect.poll(() => following.seen.length, { interval: 10 }).toBeGreaterThan(6);
  const pollsBefore = chain.polls.length;
  chain.isSilent = true;
  const silentSinceMs = performance.now();
  const patience = new Patience(3 * blockTimeMs + 250);
  while (server.connections.length < 2 && patience.tookMs < 5_000) await patience.pause(10);
  expect(server.connections).toHaveLength(2);
  const noticedMs = (chain.polls[pollsBefore] ?? Infinity) - silentSinceMs;
  expect(noticedMs).toBeLessThan(patience.allowedMs);
  expect(following.problems).toMatchObject([
    { kind: 'timed-out', message: expect.stringContaining('told of no block') },
  ]);
  chain.isSilent = false;
  const pollsAfter = chain.polls.length;
  await expect.poll(() => following.seen.at(-1)?.number).toBeGreaterThan(chain.head() - 2);
  await new Promise((resolve) => setTimeout(resolve, 4 * blockTimeMs));
  // The new connection delivers, so polling has stopped.
  expect(chain.polls.length - pollsAfter).toBeLessThanOrEqual(2);
});

test('a chain that makes no blocks is no silence of the socket’s', async () => {
  using chain = startChain();
  chain[Symbol.dispose]();
  await using server = await startServer(chain);
  await using following = follow({ getHead: chain.getHead, webSocketUrls: [server.url] });
  await expect.poll(() => chain.polls.length).toBeGreaterThan(4);
  expect(server.connections).toHaveLength(1);
  expect(following.problems).toEqual([]);
});

test('a subscription that is refused is said to be, heads are polled at the chain’s pace, and the next URL is tried', async () => {
  using chain = startChain();
  await using refusing = await startWebSocketServer((connection, { id }) => {
    connection.send({
      jsonrpc: '2.0',
      id,
      error: { code: -32601, message: 'the method eth_subscribe does not exist' },
    });
  });
  await using server = await startServer(chain);
  await using following = follow({ getHead: chain.getHead, webSocketUrls: [refusing.url, server.url] });
  await expect
    .poll(() => following.problems)
    .toMatchObject([
      {
        kind: 'method-unsupported',
        rpcCode: -32601,
        message: expect.stringContaining('refused eth_subscribe'),
      },
    ]);
  await expect.poll(() => chain.polls.length, { interval: 10 }).toBeGreaterThan(1);
  await expect.poll(() => server.connections.length).toBe(1);
  expect(following.seen.at(-1)?.number).toBeGreaterThan(chain.head() - 3);
});

test.each([
  [
    'something else than a head',
    { jsonrpc: '2.0', method: 'eth_subscription', params: { subscription: '0x1', result: 7 } },
  ],
  [
    'a head that a node can’t have',
    { ...message(1), params: { subscription: '0x1', result: { number: '0x1' } } },
  ],
])('a socket that tells of %s is dropped and made anew', async (_, wrong) => {
  using chain = startChain();
  await using server = await startServer(chain);
  await using following = follow({ getHead: chain.getHead, webSocketUrls: [server.url] });
  await expect.poll(() => chain.listeners.length).toBe(1);
  chain.listeners[0]?.send(wrong);
  await expect.poll(() => server.connections.length).toBe(2);
  expect(following.problems).toMatchObject([{ code: 'chain/malformed-answer' }]);
});

test('a server that accepts and never answers is given up after the timeout', async () => {
  using chain = startChain();
  await using server = await startWebSocketServer(() => undefined);
  await using following = follow({ getHead: chain.getHead, webSocketUrls: [server.url], timeoutMs: 100 });
  await expect.poll(() => server.connections.length).toBe(2);
  expect(following.problems[0]).toMatchObject({ kind: 'unreachable' });
  expect(following.seen.at(-1)?.number).toBeGreaterThan(chain.head() - 3);
});

test('the time between blocks is measured across many headers, within bounds, and anew after a reorganization', () => {
  const meter = createBlockTimeMeter(defaultBlockTime);
  expect(meter.blockTimeMs()).toBe(12_000);
  for (let number = 0; number < 10; number += 1)
    meter.observe({ number, timestamp: BigInt(Math.floor(number / 2)) });
  expect(meter.blockTimeMs()).toBeCloseTo(444, 0);
  meter.observe({ number: 3, timestamp: 100n });
  meter.observe({ number: 4, timestamp: 107n });
  expect(meter.blockTimeMs()).toBe(7_000);
  meter.observe({ number: 5, timestamp: 100_000n });
  expect(meter.blockTimeMs()).toBe(defaultBlockTime.maximumMs);
  const quick = createBlockTimeMeter(defaultBlockTime);
  for (const number of [1, 2, 3]) quick.observe({ number, timestamp: 5n });
  expect(quick.blockTimeMs()).toBe(defaultBlockTime.minimumMs);
});
