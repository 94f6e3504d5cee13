/**
 * Occasional errors of real nodes and gateways: a running daemon waits or uses the other node, and never ends
 * because of them.
 */
import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { CannotRunError } from '../../../../src/primitives/errors.ts';
import type { DaemonSettings } from '../../../../src/engine/settings.ts';
import { followChain } from '../../../support/followed-chain.ts';
import { type NodeProxy, type ProxiedRequest, startNodeProxy } from '../../../support/node-proxy.ts';

const chain = followChain();

interface OddError {
  readonly status: number;
  readonly code: number;
  readonly message: string;
}

const oddErrors: readonly OddError[] = [
  { status: 200, code: -32603, message: 'Internal error' },
  { status: 500, code: -32603, message: 'Internal error' },
  { status: 503, code: -32000, message: 'something new' },
  { status: 403, code: -32000, message: 'Your app has been suspended: monthly quota used up' },
  { status: 200, code: -32000, message: 'something new' },
  { status: 200, code: -32602, message: 'something new' },
  { status: 200, code: -32601, message: 'the method does not exist/is not available' },
  { status: 200, code: 4444, message: 'pruned history unavailable' },
  { status: 200, code: 3, message: 'execution reverted' },
];

function refuse(response: ServerResponse, requests: readonly ProxiedRequest[], odd: OddError): true {
  const error = { code: odd.code, message: odd.message };
  const answers = requests.map(({ id }) => ({ jsonrpc: '2.0', id, error }));
  response.writeHead(odd.status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(answers.length === 1 ? answers[0] : answers));
  return true;
}

/** Refuses the next `times` requests; returns a function that counts them. */
function refuseNext(proxy: NodeProxy, odd: OddError, times: number): () => number {
  let refused = 0;
  proxy.intercept = (response, requests) => {
    if (refused >= times) return false;
    refused += 1;
    return refuse(response, requests, odd);
  };
  return () => refused;
}

const withNodes = (...rpcUrls: DaemonSettings['chain']['rpcUrls'][number][]) => ({
  overrides: { chain: { rpcUrls } },
});

test('with one node it waits and goes on', { timeout: 120_000 }, async () => {
  await using proxy = await startNodeProxy(chain.rpcUrl);
  const daemon = chain.start({ rpcUrl: proxy.url });
  await daemon.projected(await chain.register('first'));
  for (const odd of oddErrors) {
    const refused = refuseNext(proxy, odd, 3);
    await daemon.projected(await chain.register(`${odd.status} ${odd.code} ${odd.message}`));
    expect(refused()).toBeGreaterThan(0);
  }
  await daemon.stop();
});

test('with two nodes it takes the other one', { timeout: 120_000 }, async () => {
  await using faulty = await startNodeProxy(chain.rpcUrl);
  const daemon = chain.start(withNodes(faulty.url, chain.rpcUrl));
  await daemon.projected(await chain.register('first'));
  for (const odd of oddErrors) {
    refuseNext(faulty, odd, Infinity);
    await daemon.projected(await chain.register(`${odd.status} ${odd.code} ${odd.message}`));
  }
  const failovers = await chain.query(`select 1 from system_events where event_type = 'node_failover'`);
  expect(failovers).not.toEqual([]);
  await daemon.stop();
});

test('a revert in Hardhat’s words is an answer', async () => {
  await using proxy = await startNodeProxy(chain.rpcUrl);
  let reverted = 0;
  proxy.intercept = (response, requests) => {
    if (reverted > 0 || !requests.every(({ method }) => method === 'eth_call')) return false;
    reverted += 1;
    const message =
      "Error: VM Exception while processing transaction: reverted with reason string 'no such product'";
    return refuse(response, requests, { status: 200, code: -32603, message });
  };
  const daemon = chain.start({ rpcUrl: proxy.url });
  await daemon.projected(await chain.register('one'));
  expect(reverted).toBe(1);
});

test.each([
  { code: -32000, message: 'finalized block not found' },
  { code: -39001, message: 'Unknown block' },
  { code: -32602, message: 'invalid block tag' },
])('$code "$message" to the tag finalized means that nothing is final yet', async ({ code, message }) => {
  await using proxy = await startNodeProxy(chain.rpcUrl);
  proxy.changeAnswer = ({ method, params }, answer) =>
    method === 'eth_getBlockByNumber' && params[0] === 'finalized'
      ? { jsonrpc: '2.0', id: answer.id, error: { code, message } }
      : answer;
  const daemon = chain.start({
    rpcUrl: proxy.url,
    overrides: { chain: { rpcUrls: [proxy.url], finality: { kind: 'tag' } } },
  });
  await daemon.projected(await chain.register('one'));
  expect(await chain.query('select final_number from ledger.chains')).toEqual([{ final_number: null }]);
});

test.each([
  { status: 401, code: -32000, message: 'no key' },
  { status: 403, code: -32000, message: 'suspended' },
])('at the start, $status from all nodes is told and ends it', async (odd) => {
  await using first = await startNodeProxy(chain.rpcUrl);
  await using second = await startNodeProxy(chain.rpcUrl);
  for (const proxy of [first, second]) refuseNext(proxy, odd, Infinity);
  const daemon = chain.start(withNodes(first.url, second.url));
  const failure: unknown = await daemon.projected(1).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(CannotRunError);
  expect(failure).toMatchObject({ code: 'sync/nodes-refuse' });
});

test('at the start, a method that no node serves is told and ends it', async () => {
  await using proxy = await startNodeProxy(chain.rpcUrl);
  proxy.changeAnswer = ({ method }, answer) =>
    method === 'eth_getLogs'
      ? { jsonrpc: '2.0', id: answer.id, error: { code: -32601, message: 'not available' } }
      : answer;
  const failure: unknown = await chain
    .start({ rpcUrl: proxy.url })
    .projected(1)
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(CannotRunError);
  expect(failure).toMatchObject({
    code: 'sync/nodes-refuse',
    message: expect.stringContaining('eth_getLogs'),
  });
});

test('at the start, 403 from one of two nodes is none of that', async () => {
  await using first = await startNodeProxy(chain.rpcUrl);
  const refused = refuseNext(first, { status: 403, code: -32000, message: 'suspended' }, Infinity);
  const daemon = chain.start(withNodes(first.url, chain.rpcUrl));
  await daemon.projected(await chain.register('one'));
  expect(refused()).toBeGreaterThan(0);
});
