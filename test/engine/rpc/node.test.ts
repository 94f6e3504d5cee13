import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { MalformedAnswerError, NodeError, OtherChainError } from '../../../src/engine/rpc/errors.ts';
import { createNode } from '../../../src/engine/rpc/node.ts';
import { createNodePool } from '../../../src/engine/chain/nodes.ts';
import { createRangeMemory, fetchLogs, suggestedBlocks } from '../../../src/engine/source/range-fetcher.ts';
import { refusal, results, startScriptedServer } from './scripted-server.ts';
import type { ChainNode } from '../../../src/engine/rpc/node.ts';
import type { NodePool } from '../../../src/engine/chain/nodes.ts';
import type { ScriptedRequest } from './scripted-server.ts';

const quick = { retryDelayMs: 1, timeoutMs: 2_000 };

function echoes(count: number): { method: string; params: unknown[] }[] {
  return Array.from({ length: count }, (_, index) => ({ method: 'echo', params: [index] }));
}

const echo = ({ params }: ScriptedRequest): unknown => params[0];

describe('a batch', () => {
  test('a batch is answered in its order, regardless of the node’s order, in one HTTP request', async () => {
    await using server = await startScriptedServer((requests) => ({
      body: results(requests, echo).toReversed(),
    }));
    const node = createNode({ url: server.url, ...quick });
    const answers = await node.requestBatch(echoes(20));
    expect(answers.map((answer) => answer.ok && answer.result)).toEqual(
      echoes(20).map(({ params }) => params[0]),
    );
    expect(node.metrics()).toEqual({ httpRequests: 1, rpcRequests: 20, failedHttpRequests: 0 });
    expect(await node.requestBatch([])).toEqual([]);
  });

  test('a batch too long for the node is split, and the node’s limit is remembered', async () => {
    await using server = await startScriptedServer((requests) => ({
      body: requests.length > 10 ? [refusal(undefined, -32600, 'batch too large')] : results(requests, echo),
    }));
    const node = createNode({ url: server.url, ...quick });
    expect(await node.requestBatch(echoes(40))).toHaveLength(40);
    server.batchSizes.length = 0;
    await node.requestBatch(echoes(40));
    expect(Math.max(...server.batchSizes)).toBeLessThanOrEqual(10);
  });

  test('a batch whose later answers geth cut off is completed in smaller batches', async () => {
    await using server = await startScriptedServer((requests) => ({
      body: requests.map((request, index) => {
        return index < 3 ? results([request], echo)[0] : refusal(request, -32003, 'response too large');
      }),
    }));
    const node = createNode({ url: server.url, ...quick });
    const answers = await node.requestBatch(echoes(16));
    expect(answers.map((answer) => answer.ok && answer.result)).toEqual(
      echoes(16).map(({ params }) => params[0]),
    );
  });

  test('a batch whose response exceeds the size limit is split, and a single such request is refused', async () => {
    await using server = await startScriptedServer((requests) => ({
      body: results(requests, ({ params }) => 'x'.repeat(params[0] === 3 ? 5_000 : 500)),
    }));
    const node = createNode({ url: server.url, ...quick, maximumAnswerBytes: 2_000 });
    const answers = await node.requestBatch(echoes(8));
    expect(answers.map(({ ok }) => ok)).toEqual([true, true, true, false, true, true, true, true]);
    expect(answers[3]).toMatchObject({ error: { kind: 'answer-too-big' } });
  });

  test('a batch with one refusal keeps the answers to the other requests', async () => {
    await using server = await startScriptedServer((requests) => ({
      body: requests.map((request) => {
        return request.params[0] === 1
          ? refusal(request, -32000, 'unknown block')
          : results([request], echo)[0];
      }),
    }));
    const answers = await createNode({ url: server.url, ...quick }).requestBatch(echoes(3));
    expect(answers).toMatchObject([{ result: 0 }, { error: { kind: 'unknown-block' } }, { result: 2 }]);
  });

  test('only the rate-limited requests of a batch are sent again', async () => {
    await using server = await startScriptedServer((requests, earlier) => ({
      body: requests.map((request, index) => {
        return earlier === 0 && index > 1 ? refusal(request, 429, 'slow down') : results([request], echo)[0];
      }),
    }));
    const answers = await createNode({ url: server.url, ...quick }).requestBatch(echoes(5));
    expect(answers.every(({ ok }) => ok)).toBe(true);
    expect(server.batchSizes).toEqual([5, 3]);
  });

  test.each([
    [
      'ids that no request has',
      [
        { jsonrpc: '2.0', id: 17, result: 1 },
        { jsonrpc: '2.0', id: 0, result: 1 },
      ],
    ],
    [
      'one id twice',
      [
        { jsonrpc: '2.0', id: 0, result: 1 },
        { jsonrpc: '2.0', id: 0, result: 1 },
      ],
    ],
    [
      'neither result nor error',
      [
        { jsonrpc: '2.0', id: 0 },
        { jsonrpc: '2.0', id: 1 },
      ],
    ],
  ])('a response with %s is malformed', async (_, body) => {
    await using server = await startScriptedServer(() => ({ body }));
    const asked = createNode({ url: server.url, ...quick }).requestBatch(echoes(2));
    await expect(asked).rejects.toThrow(MalformedAnswerError);
  });
});

describe('a failure', () => {
  test('a transient failure is retried, a refusal is not', async () => {
    await using server = await startScriptedServer((requests, earlier) => {
      if (earlier < 2) return { status: 503, body: 'busy' };
      return { body: [refusal(requests[0], -32601, 'no such method')] };
    });
    const node = createNode({ url: server.url, ...quick });
    await expect(node.request('eth_foo', [])).rejects.toMatchObject({ kind: 'method-unsupported' });
    expect(server.batchSizes).toHaveLength(3);
    expect(node.lacks('eth_foo')).toBe(true);
    expect(node.metrics().failedHttpRequests).toBe(2);
  });

  test('a failure is thrown after the last retry', async () => {
    await using server = await startScriptedServer(() => ({ status: 502, body: 'bad gateway' }));
    const node = createNode({ url: server.url, ...quick, retries: 2 });
    await expect(node.request('eth_foo', [])).rejects.toMatchObject({ kind: 'unreachable', httpStatus: 502 });
    expect(server.batchSizes).toHaveLength(3);
  });

  test('a retry waits as long as Retry-After says', async () => {
    await using server = await startScriptedServer((requests, earlier) => {
      if (earlier === 0) return { status: 429, headers: { 'retry-after': '1' }, body: {} };
      return { body: results(requests, () => 'done') };
    });
    const startMs = performance.now();
    expect(await createNode({ url: server.url, ...quick }).request('eth_foo', [])).toBe('done');
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(990);
  });

  test('Retry-After delays all requests, not only the refused one', async () => {
    const cameAtMs: number[] = [];
    await using server = await startScriptedServer((requests, earlier) => {
      cameAtMs.push(performance.now());
      const retryAt = new Date(Date.now() + 2_000).toUTCString(); // in whole seconds: more than one second from now
      if (earlier === 0) return { status: 429, headers: { 'retry-after': retryAt }, body: {} };
      return { body: results(requests, () => 'done') };
    });
    const node = createNode({ url: server.url, ...quick });
    const first = node.request('eth_foo', []);
    await expect.poll(() => cameAtMs).toHaveLength(1);
    await Promise.all([first, node.request('eth_bar', [])]);
    expect((cameAtMs[1] ?? 0) - (cameAtMs[0] ?? 0)).toBeGreaterThanOrEqual(900);
    expect(cameAtMs).toHaveLength(3);
  });

  test('a longer Retry-After than a request may wait is thrown immediately, and the node gets no requests until then, for five minutes at most', async () => {
    let nowMs = 0;
    await using server = await startScriptedServer(() => ({
      status: 429,
      headers: { 'retry-after': '3600' },
      body: {},
    }));
    const node = createNode({ url: server.url, ...quick, now: () => nowMs });
    await expect(node.request('eth_foo', [])).rejects.toMatchObject({ retryAfterMs: 300_000 });
    nowMs = 100_000;
    await expect(node.request('eth_foo', [])).rejects.toMatchObject({
      kind: 'rate-limited',
      retryAfterMs: 200_000,
    });
    expect(server.batchSizes).toHaveLength(1);
    nowMs = 300_000;
    await expect(node.request('eth_foo', [])).rejects.toMatchObject({ kind: 'rate-limited' });
    expect(server.batchSizes).toHaveLength(2);
  });

  test.each([
    [200, 'text/html', '<html><title>Welcome</title></html>', 'an HTML page'],
    [502, 'text/plain', '<!DOCTYPE html><title>Bad gateway</title>', 'an HTML page'],
    [200, 'application/json', '{"jsonrpc":"2.0","id":0,"resu', 'not JSON'],
  ])(
    'a response with status %i, type %s and text %s is an unreachable node',
    async (status, type, text, called) => {
      await using server = await startScriptedServer(() => ({
        status,
        headers: { 'content-type': type },
        body: null,
        text,
      }));
      const asked = createNode({ url: server.url, ...quick, retries: 1 }).request('eth_foo', []);
      await expect(asked).rejects.toMatchObject({
        kind: 'unreachable',
        httpStatus: status,
        message: expect.stringContaining(called),
      });
      expect(server.batchSizes).toHaveLength(2);
    },
  );

  test.each([
    ['nothing arrives', undefined],
    ['a part arrives', '{"jsonrpc":"2.0",'],
  ])('a response that does not arrive in time (%s) is a timeout', async (_, unfinished) => {
    await using server = await startScriptedServer(() => ({
      body: undefined,
      ...(unfinished === undefined ? {} : { unfinished }),
    }));
    const node = createNode({ url: server.url, timeoutMs: 50, retryDelayMs: 1, retries: 1 });
    await expect(node.request('eth_foo', [])).rejects.toMatchObject({ kind: 'timed-out' });
    expect(server.batchSizes).toHaveLength(2);
  });

  test('an aborted request fails immediately with the signal’s reason', async () => {
    await using server = await startScriptedServer(() => ({ body: undefined }));
    const reason = new Error('shutting down');
    const abort = new AbortController();
    const asked = createNode({ url: server.url }).request('eth_foo', [], { signal: abort.signal });
    setTimeout(() => abort.abort(reason), 20);
    await expect(asked).rejects.toBe(reason);
  });

  test('a redirect is a failure, because its target is not a configured node', async () => {
    await using other = await startScriptedServer((requests) => ({
      body: results(requests, () => 'theirs'),
    }));
    await using server = await startScriptedServer(() => ({
      status: 307,
      headers: { location: other.url },
      body: {},
    }));
    const asked = createNode({ url: server.url, ...quick }).request('eth_foo', []);
    await expect(asked).rejects.toMatchObject({ kind: 'access-refused', httpStatus: 307 });
    expect(other.batchSizes).toEqual([]);
  });

  test('error messages contain no secrets of the URL', async () => {
    await using server = await startScriptedServer(({ length }) => ({
      status: 401,
      body: `no ${length} for /v2/s3cr3t-key-123`,
    }));
    const url = server.url.replace('//', '//user:hunter22@') + '/v2/s3cr3t-key-123?apikey=another-secret';
    const unreachable = url.replace(/:\d+\//, ':1/');
    for (const secretUrl of [url, unreachable]) {
      const node = createNode({ url: secretUrl, ...quick, retries: 0 });
      const error: unknown = await node.request('eth_foo', []).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(NodeError);
      const shown = [
        node.name,
        JSON.stringify(error),
        String(error),
        error instanceof Error && error.stack,
      ].join();
      expect(shown).not.toMatch(/hunter22|s3cr3t|another-secret/);
      expect(error instanceof Error && error.cause).toBeUndefined();
    }
  });
});

const logFilter = z.object({ fromBlock: z.string(), toBlock: z.string() });

describe('logs of a range', () => {
  const logsOf = (script: (from: number, to: number) => object | undefined) => {
    const asked: [number, number][] = [];
    const server = startScriptedServer((requests) => ({
      body: requests.map((request) => {
        const { fromBlock, toBlock } = logFilter.parse(request.params[0]);
        asked.push([Number(fromBlock), Number(toBlock)]);
        const error = script(Number(fromBlock), Number(toBlock));
        return error === undefined ? { id: request.id, result: [] } : { id: request.id, error };
      }),
    }));
    return { server, asked };
  };
  const covered = (asked: [number, number][]) => asked.toSorted(([a], [b]) => a - b);

  test('logs of a range are requested in parts within the node’s limit, which is remembered', async () => {
    const { server: starting, asked } = logsOf((from, to) => {
      return to - from + 1 > 50 ? { code: -32000, message: 'exceed maximum block range: 50' } : undefined;
    });
    await using server = await starting;
    const node = createNode({ url: server.url, ...quick });
    const memory = createRangeMemory({ initialBlocks: 100 });
    await fetchLogs(node, { from: 1, to: 200 }, {}, memory);
    expect(covered(asked.slice(1))).toEqual([
      [1, 50],
      [51, 100],
      [101, 150],
      [151, 200],
    ]);
    expect(suggestedBlocks(memory, node)).toBe(50);
  });

  test('dense ranges are requested in smaller parts, and the size recovers afterwards', async () => {
    const { server: starting, asked } = logsOf((from, to) => {
      const isDense = from <= 100 && to >= 90 && to > from;
      return isDense ? { code: -32005, message: 'query returned more than 10000 results' } : undefined;
    });
    await using server = await starting;
    const node = createNode({ url: server.url, ...quick });
    const memory = createRangeMemory({ initialBlocks: 128, maximumBlocks: 1_000 });
    await fetchLogs(node, { from: 0, to: 400 }, {}, memory);
    expect(asked.at(-1)?.[1]).toBe(400);
    expect(suggestedBlocks(memory, node)).toBeGreaterThan(50);
  });

  test('a node that refuses the logs of a single block is a failure', async () => {
    const { server: starting } = logsOf(() => ({
      code: -32005,
      message: 'query returned more than 10000 results',
    }));
    await using server = await starting;
    const node = createNode({ url: server.url, ...quick });
    const fetched = fetchLogs(node, { from: 1, to: 2 }, {}, createRangeMemory());
    await expect(fetched).rejects.toMatchObject({ kind: 'answer-too-big' });
  });
});

/** A node with a configurable head. */
function standing(name: string, head: () => number): ChainNode {
  const node = createNode({ url: 'http://127.0.0.1:1' });
  return { ...node, name, request: async () => await Promise.resolve(block(head())) };
}

function block(number: number): object {
  const hash = `0x${number.toString(16).padStart(64, '0')}`;
  return {
    number: `0x${number.toString(16)}`,
    hash,
    parentHash: hash,
    timestamp: '0x1',
    logsBloom: `0x${'00'.repeat(256)}`,
    receiptsRoot: hash,
    stateRoot: hash,
  };
}

describe('several nodes', () => {
  const order = async (pool: NodePool): Promise<string> =>
    await pool.run(async ({ name }) => await Promise.resolve(name));

  test('a node that lags behind the others’ heads comes last until it has caught up', async () => {
    let head = 90;
    const pool = createNodePool({
      nodes: [standing('slow', () => head), standing('quick', () => 100)],
      now: () => 0,
    });
    expect(await order(pool)).toBe('slow');
    expect(await pool.survey(new AbortController().signal)).toBe(100);
    expect(await order(pool)).toBe('quick');
    expect(pool.health()).toMatchObject([{ name: 'slow', lags: true, faultsInARow: 0 }, { lags: false }]);
    head = 99;
    await pool.survey(new AbortController().signal);
    expect(await order(pool)).toBe('slow');
  });

  test('a node with a fault in every other run comes after the steady ones until that is long ago', async () => {
    let nowMs = 0;
    let runs = 0;
    const pool = createNodePool({
      nodes: [named('flapping'), named('steady')],
      now: () => nowMs,
      firstPauseMs: 1,
    });
    for (let round = 0; round < 20; round += 1) {
      nowMs += 10;
      await pool.run(async ({ name }) => {
        if (name !== 'flapping') return;
        runs += 1;
        if (runs % 2 === 1) throw unreachable;
      });
    }
    expect(await order(pool)).toBe('steady');
    nowMs += 300_000;
    expect(await order(pool)).toBe('flapping');
  });

  test('a node that sends Retry-After is skipped for that time', async () => {
    let nowMs = 0;
    const pool = createNodePool({ nodes: [named('limited'), named('other')], now: () => nowMs });
    const limited = new NodeError('slow down', {
      kind: 'rate-limited',
      method: 'eth_foo',
      retryAfterMs: 100_000,
    });
    await pool.run(async ({ name }) => {
      if (name === 'limited') throw limited;
    });
    nowMs = 99_999;
    expect(await order(pool)).toBe('other');
    nowMs = 100_000;
    expect(await order(pool)).toBe('limited');
  });

  test('nodes are admitted one by one, and again after they were unreachable; a node that is not admitted is not used', async () => {
    const admitted: string[] = [];
    let nowMs = 0;
    const pool = createNodePool({
      nodes: [named('foreign'), named('ours')],
      now: () => nowMs,
      admit: async ({ name }) => {
        admitted.push(name);
        if (name === 'foreign') throw new OtherChainError('another chain', {});
      },
    });
    expect(await order(pool)).toBe('ours');
    expect(await order(pool)).toBe('ours');
    expect(admitted).toEqual(['foreign', 'ours']);
    await expect(pool.run(() => Promise.reject(unreachable))).rejects.toMatchObject({
      code: 'chain/other-chain',
    });
    nowMs = 1_000_000;
    expect(await order(pool)).toBe('ours');
    expect(admitted.filter((name) => name === 'ours')).toHaveLength(2);
  });

  const named = (name: string): ChainNode => ({ ...createNode({ url: 'http://127.0.0.1:1' }), name });
  const unreachable = new NodeError('gone', { kind: 'unreachable', method: 'eth_foo' });

  test('nodes are tried in order, and a faulty one is skipped until its pause ends', async () => {
    let nowMs = 0;
    const faulty = new Set(['first']);
    const pool = createNodePool({
      nodes: [named('first'), named('second')],
      now: () => nowMs,
      firstPauseMs: 100,
    });
    const run = async (): Promise<string[]> => {
      const tried: string[] = [];
      await pool.run(async ({ name }) => {
        tried.push(name);
        if (faulty.has(name)) throw unreachable;
      });
      return tried;
    };
    expect(await run()).toEqual(['first', 'second']);
    expect(await run()).toEqual(['second']);
    nowMs = 100;
    expect(await run()).toEqual(['first', 'second']);
    nowMs = 250;
    expect(await run()).toEqual(['second']);
    faulty.clear();
    nowMs = 300;
    expect(await run()).toEqual(['first']);
    expect(pool.health().map(({ faultsInARow }) => faultsInARow)).toEqual([0, 0]);
  });

  test('the pool throws the last fault if all nodes are faulty, and any other error immediately', async () => {
    const pool = createNodePool({ nodes: [named('first'), named('second')], now: () => 0 });
    await expect(pool.run(() => Promise.reject(unreachable))).rejects.toBe(unreachable);
    const mistake = new Error('ours');
    let runs = 0;
    const failing = pool.run(() => {
      runs += 1;
      return Promise.reject(mistake);
    });
    await expect(failing).rejects.toBe(mistake);
    expect(runs).toBe(1);
  });
});
