/** Tests the chain functions against a real node: their requests, their results, and the consistency of the results. */
import { encodeFunctionData } from 'viem';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readArtifact } from '../../../contracts-fixtures/artifacts.ts';
import { hostileEmitterAbi } from '../../../contracts-fixtures/hostile-emitter.ts';
import { addToBloom, bloomBitsOf, emptyBloom } from '../../../src/engine/chain/bloom.ts';
import { getCode, executeReads, getTransactions, type ReadOptions } from '../../../src/engine/chain/reads.ts';
import {
  logsFromReceipts,
  verifyBlockLogs,
  verifyHeadersChain,
  verifyReceiptsBloom,
  watchAddresses,
} from '../../../src/engine/chain/completeness.ts';
import {
  finalizedHeader,
  getHeaders,
  headAndFinal,
  headerByNumber,
  headHeader,
  getChainId,
  getClientVersion,
  getGenesisHash,
} from '../../../src/engine/chain/headers.ts';
import { getLogs, getLogsByBlockHash } from '../../../src/engine/chain/logs.ts';
import { createNode } from '../../../src/engine/rpc/node.ts';
import { parseAddress, parseHash } from '../../../src/engine/rpc/parse.ts';
import { createRangeMemory, fetchLogs } from '../../../src/engine/source/range-fetcher.ts';
import { getBlockReceipts } from '../../../src/engine/chain/receipts.ts';
import { bytesToHex } from '../../../src/primitives/hex.ts';
import { required } from '../../../src/primitives/errors.ts';
import { startTestAnvil } from '../../support/anvil.ts';
import { numberedAddress, numberedHash } from './values.ts';
import type { ChainNode } from '../../../src/engine/rpc/node.ts';
import type { BlockHeader, ReadRequest } from '../../../src/engine/rpc/types.ts';
import type { AnvilServer } from '../../../src/devnet/anvil.ts';
import type { Address, Hash, Hex } from '../../../src/primitives/hex.ts';

const first = numberedAddress(0xaaa1);
const second = numberedAddress(0xaaa2);
const multicall3 = numberedAddress(0xccc);
const gasBurner = numberedAddress(0xbbb1);
const longAnswerer = numberedAddress(0xbbb2);
const longAnswerBytes = 196_608;
const absent = numberedAddress(0xddd);
const watched = watchAddresses([first, second]);

let anvil: AnvilServer;
let node: ChainNode;
let head: BlockHeader;

/** Sends a transaction to a contract, and returns its hash once its block exists. */
async function send(to: Address, data: Hex): Promise<Hash> {
  const accounts = await node.request('eth_accounts', []);
  const from = parseAddress(Array.isArray(accounts) ? accounts[0] : undefined, 'account');
  const transaction = { from, to, data, gas: '0x1c9c380' };
  const hash = parseHash(await node.request('eth_sendTransaction', [transaction]), 'transaction');
  await vi.waitFor(async () => expect((await getTransactions(node, [hash]))[0]?.blockHash).toBeTruthy());
  return hash;
}

async function emit(address: Address, count: number): Promise<Hash> {
  const logs = Array.from({ length: count }, (_, index) => ({
    topics: [numberedHash(1), numberedHash(index)],
    data: '0x0102' as const,
  }));
  return send(
    address,
    encodeFunctionData({ abi: hostileEmitterAbi, functionName: 'emitLogs', args: [logs] }),
  );
}

async function mine(blocks: number): Promise<void> {
  await node.request('anvil_mine', [`0x${blocks.toString(16)}`]);
}

beforeAll(async () => {
  anvil = await startTestAnvil();
  node = createNode({ url: anvil.rpcUrl, chainId: 31337 });
  const emitter = readArtifact('HostileEmitter').runtimeCode;
  const codes: [Address, Hex][] = [
    [first, emitter],
    [second, emitter],
    [gasBurner, '0x5b600056'], // JUMPDEST, jump back to it
    [longAnswerer, '0x620300005ff3'], // RETURN 196,608 bytes of zero
  ];
  for (const [address, code] of codes) await node.request('anvil_setCode', [address, code]);
  await emit(first, 3);
  await mine(3);
  await emit(second, 2);
  await emit(first, 1);
  await node.request('anvil_setCode', [multicall3, readArtifact('Multicall3').runtimeCode]);
  await mine(2);
  head = await headHeader(node);
});

afterAll(() => anvil.stop());

describe('a chain', () => {
  test('a chain reports its id, genesis hash and client version', async () => {
    expect(await getChainId(node)).toBe(31337);
    expect(await getClientVersion(node)).toMatch(/^anvil/);
    const [genesis] = await getHeaders(node, [0]);
    expect(await getGenesisHash(node)).toBe(genesis?.hash);
  });

  test('headers come in one HTTP request and form a chain', async () => {
    const before = node.metrics().httpRequests;
    const headers = await getHeaders(node, { from: 0, to: head.number });
    expect(node.metrics().httpRequests).toBe(before + 1);
    expect(headers.map(({ number }) => number)).toEqual(Array.from(headers, (_, index) => index));
    expect(() => verifyHeadersChain(headers)).not.toThrow();
    expect(headers.at(-1)).toEqual(head);
  });

  test('a block beyond the head is reported as unknown', async () => {
    const asked = getHeaders(node, { from: head.number, to: head.number + 1 });
    await expect(asked).rejects.toMatchObject({
      kind: 'unknown-block',
      place: { blockNumber: head.number + 1 },
    });
  });

  test('finality is determined by the tag or by a depth', async () => {
    expect(await finalizedHeader(node, head.number, { kind: 'depth', blocks: 2 })).toMatchObject({
      number: head.number - 2,
    });
    expect(await finalizedHeader(node, head.number, { kind: 'depth', blocks: 1_000 })).toBeNull();
    expect(await finalizedHeader(node, head.number, { kind: 'tag' })).toMatchObject({ number: 0 });
  });

  test('the head and the final block come in one HTTP request if the chain has a finality tag', async () => {
    const before = node.metrics().httpRequests;
    expect(await headAndFinal(node, { kind: 'tag' })).toMatchObject({ head, final: { number: 0 } });
    expect(node.metrics().httpRequests).toBe(before + 1);
    expect(await headAndFinal(node, { kind: 'depth', blocks: 2 })).toMatchObject({
      head,
      final: { number: head.number - 2 },
    });
  });

  test('code is found at its address', async () => {
    expect(await getCode(node, gasBurner, 'latest')).toBe('0x5b600056');
    expect(await getCode(node, absent, head.hash)).toBe('0x');
  });
});

describe('logs', () => {
  const filter = { addresses: [first, second] };

  test('the logs of a range equal those by block hash and those in the receipts', async () => {
    const headers = await getHeaders(node, { from: 0, to: head.number });
    const byRange = await getLogs(node, { from: 0, to: head.number }, filter);
    expect(byRange.map(({ address }) => address)).toEqual([first, first, first, second, second, first]);

    const byHash = await getLogsByBlockHash(
      node,
      headers.map(({ hash }) => hash),
      filter,
    );
    expect(byHash.flat()).toEqual(byRange);

    const fromReceipts = await Promise.all(
      headers.map(async (block) => {
        const receipts = await getBlockReceipts(node, block);
        verifyReceiptsBloom(block, receipts);
        return logsFromReceipts(receipts, watched);
      }),
    );
    expect(fromReceipts.flat()).toEqual(byRange);
    for (const [index, block] of headers.entries()) {
      const logs = required(byHash[index], 'the logs of a block');
      expect(verifyBlockLogs(block, logs, watched, 'bloom')).toBe('complete');
      const withheld = verifyBlockLogs(block, [], watched, 'bloom');
      expect(withheld).toBe(logs.length > 0 ? 'needs-receipts' : 'complete');
    }
  });

  test('the logs set exactly the bits of the header’s bloom', async () => {
    const [log] = await getLogs(node, { from: 0, to: head.number }, { addresses: [second] });
    const block = await headerByNumber(node, required(log, 'a log').blockNumber);
    const values = [second, numberedHash(1), numberedHash(0), numberedHash(1)];
    const bloom = emptyBloom();
    for (const value of values) addToBloom(bloom, bloomBitsOf(value));
    expect(bytesToHex(bloom)).toBe(block.logsBloom);
  });

  test('logs are filtered by topics, and an empty list of addresses matches none', async () => {
    const range = { from: 0, to: head.number };
    const byTopic = await getLogs(node, range, { topics: [numberedHash(1), [numberedHash(2)]] });
    expect(byTopic).toHaveLength(1);
    expect(await getLogs(node, range, { addresses: [] })).toEqual([]);
    expect(await fetchLogs(node, range, filter, createRangeMemory({ initialBlocks: 1 }))).toHaveLength(6);
  });

  test('logs of a block that the node does not have are refused', async () => {
    const asked = getLogsByBlockHash(node, [head.hash, numberedHash(9)], filter);
    await expect(asked).rejects.toMatchObject({ kind: 'unknown-block' });
  });
});

describe('receipts', () => {
  test('receipts are the same one by one, if the node cannot return those of a block', async () => {
    const [log] = await getLogs(node, { from: 0, to: head.number }, { addresses: [second] });
    const { blockNumber, blockHash } = required(log, 'a log');
    const block = { number: blockNumber, hash: blockHash };
    const withoutMethod: ChainNode = { ...node, lacks: () => true };
    const receipts = await getBlockReceipts(node, block);
    expect(receipts).toMatchObject([{ status: 'success', transactionIndex: 0 }]);
    expect(receipts[0]?.gasUsed).toBeGreaterThan(21_000n);
    expect(await getBlockReceipts(withoutMethod, block)).toEqual(receipts);
  });

  test('receipts of an unknown block are refused', async () => {
    const block = { number: 1, hash: numberedHash(9) };
    await expect(getBlockReceipts(node, block)).rejects.toMatchObject({ kind: 'unknown-block' });
  });
});

describe('reads', () => {
  const call = (target: Address, calldata: Hex): ReadRequest => ({ kind: 'call', target, calldata });
  const ways: [string, Pick<ReadOptions, 'multicall3' | 'maximumCallsPerBatch'>][] = [
    ['one by one', {}],
    ['through Multicall3', { multicall3 }],
    ['through Multicall3, three at once', { multicall3, maximumCallsPerBatch: 3 }],
    ['through a Multicall3 that isn’t there', { multicall3: absent }],
    ['through something else at its address', { multicall3: longAnswerer }],
  ];

  let answered: BlockHeader;
  let changed: BlockHeader;
  let transaction: Hash;

  beforeAll(async () => {
    const set = (functionName: 'setAnswer' | 'setRevert', calldata: Hex, data: Hex): Promise<Hash> => {
      return send(
        first,
        encodeFunctionData({ abi: hostileEmitterAbi, functionName, args: [calldata, data] }),
      );
    };
    await set('setAnswer', '0x00000001', '0xa1');
    await set('setRevert', '0x00000002', '0xdead');
    await mine(1);
    answered = await headHeader(node);
    transaction = await set('setAnswer', '0x00000001', '0xa2');
    changed = await headHeader(node);
  });

  test.each(ways)('reads %s have the same results, each at its own block', async (_, way) => {
    const requests = [
      call(gasBurner, '0x'),
      call(first, '0x00000001'),
      call(longAnswerer, '0x'),
      call(first, '0x00000002'),
      call(absent, '0x12345678'),
      call(first, '0x00000001'),
    ];
    const options = { maximumBytes: 1_000, ...way };
    const results = await executeReads(
      node,
      [
        { blockHash: answered.hash, requests },
        { blockHash: changed.hash, requests: [call(first, '0x00000001')] },
        { blockHash: changed.hash, requests: [] },
      ],
      options,
    );
    expect(results).toEqual([
      [
        { status: 'reverted', data: '0x' },
        { status: 'ok', data: '0xa1' },
        { status: 'oversized', bytes: longAnswerBytes },
        { status: 'reverted', data: '0xdead' },
        { status: 'ok', data: '0x' },
        { status: 'ok', data: '0xa1' },
      ],
      [{ status: 'ok', data: '0xa2' }],
      [],
    ]);
  });

  test('reads of several blocks share one HTTP request', async () => {
    const before = node.metrics().httpRequests;
    const requests = [call(first, '0x00000001'), call(absent, '0x00000001')];
    const blocks = [answered, changed].map(({ hash }) => ({ blockHash: hash, requests }));
    await executeReads(node, blocks, { maximumBytes: 1_000, multicall3 });
    expect(node.metrics()).toMatchObject({ httpRequests: before + 1 });
  });

  test('a read of a transaction returns sender, receiver and input', async () => {
    const request: ReadRequest = { kind: 'transaction', transactionHash: transaction };
    const blocks = [{ blockHash: changed.hash, requests: [request] }];
    const [[result] = []] = await executeReads(node, blocks, { maximumBytes: 10_000 });
    const [found] = await getTransactions(node, [transaction]);
    const { from, input } = required(found, 'the transaction');
    expect(result).toEqual({ status: 'ok', data: `0x${from.slice(2)}${first.slice(2)}${input.slice(2)}` });
    const elsewhere = [{ blockHash: answered.hash, requests: [request] }];
    await expect(executeReads(node, elsewhere, { maximumBytes: 10_000 })).rejects.toMatchObject({
      code: 'chain/inconsistent-answer',
    });
  });

  test('reads at a block that the node does not have fail as a whole', async () => {
    const blocks = [{ blockHash: numberedHash(9), requests: [call(first, '0x00000001')] }];
    const reading = executeReads(node, blocks, { maximumBytes: 1_000 });
    await expect(reading).rejects.toMatchObject({ kind: 'unknown-block' });
  });
});

test('reads of state that the node dropped are unavailable', async () => {
  const pruned = await startTestAnvil({ extraArguments: ['--prune-history', '5'] });
  try {
    const prunedNode = createNode({ url: pruned.rpcUrl });
    await prunedNode.request('anvil_mine', ['0x40']);
    const [old] = await getHeaders(prunedNode, [1]);
    const { hash } = required(old, 'the header');
    const requests: ReadRequest[] = [1, 2].map((number) => {
      return { kind: 'call', target: numberedAddress(number), calldata: '0x' };
    });
    for (const way of [{}, { multicall3 }]) {
      const blocks = [{ blockHash: hash, requests }];
      const results = await executeReads(prunedNode, blocks, { maximumBytes: 1_000, ...way });
      expect(results).toEqual([[{ status: 'unavailable' }, { status: 'unavailable' }]]);
    }
  } finally {
    await pruned.stop();
  }
});
