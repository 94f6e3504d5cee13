/** The computed receipts root equals a real node's header, for every supported type of transaction. */
import { encodeFunctionData } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readArtifact } from '../../../contracts-fixtures/artifacts.ts';
import { connectFixtureClients } from '../../../contracts-fixtures/deploy.ts';
import { hostileEmitterAbi } from '../../../contracts-fixtures/hostile-emitter.ts';
import { isNodeFault, ReceiptsRootError } from '../../../src/engine/rpc/errors.ts';
import { headHeader, headerByNumber } from '../../../src/engine/chain/headers.ts';
import { createNode } from '../../../src/engine/rpc/node.ts';
import {
  emptyReceiptsRoot,
  provenReceipts,
  receiptsRootOf,
  verifyReceiptsRoot,
} from '../../../src/engine/chain/receipts-root.ts';
import { parseReceipt } from '../../../src/engine/rpc/parse.ts';
import { required } from '../../../src/primitives/errors.ts';
import { deployer } from '../../support/followed-chain.ts';
import { startTestAnvil } from '../../support/anvil.ts';
import { numberedAddress, numberedHash } from '../rpc/values.ts';
import type { ChainNode } from '../../../src/engine/rpc/node.ts';
import type { BlockHeader, TransactionReceipt } from '../../../src/engine/rpc/types.ts';
import type { AnvilServer } from '../../../src/devnet/anvil.ts';

const emitter = numberedAddress(0xaaa1);
const reverter = numberedAddress(0xaaa2);
const gas = 1_000_000n;

let anvil: AnvilServer;
let node: ChainNode;
let mixed: BlockHeader;
let many: BlockHeader;

function emitting(count: number) {
  const logs = Array.from({ length: count }, (_, index) => ({
    topics: [numberedHash(1), numberedHash(index)],
    data: '0x0102' as const,
  }));
  return encodeFunctionData({ abi: hostileEmitterAbi, functionName: 'emitLogs', args: [logs] });
}

beforeAll(async () => {
  anvil = await startTestAnvil();
  node = createNode({ url: anvil.rpcUrl });
  await node.request('anvil_setCode', [emitter, readArtifact('HostileEmitter').runtimeCode]);
  await node.request('anvil_setCode', [reverter, '0x5f5ffd']); // REVERT without data
  const { walletClient } = await connectFixtureClients(anvil.rpcUrl, deployer);
  const nonce = Number(await node.request('eth_getTransactionCount', [deployer.address, 'latest']));
  await node.request('evm_setAutomine', [false]);
  const authorized = privateKeyToAccount(`0x${'11'.repeat(32)}`);
  const authorization = await authorized.signAuthorization({ address: emitter, chainId: 31337, nonce: 0 });
  const common = { gas, nonce };
  await walletClient.sendTransaction({
    ...common,
    to: emitter,
    data: emitting(2),
    type: 'legacy',
    gasPrice: 5_000_000_000n,
  });
  await walletClient.sendTransaction({
    ...common,
    nonce: nonce + 1,
    to: emitter,
    data: emitting(1),
    type: 'eip2930',
    gasPrice: 5_000_000_000n,
    accessList: [{ address: emitter, storageKeys: [] }],
  });
  await walletClient.sendTransaction({ ...common, nonce: nonce + 2, to: reverter, type: 'eip1559' });
  await walletClient.sendTransaction({
    ...common,
    nonce: nonce + 3,
    to: authorized.address,
    data: emitting(3),
    type: 'eip7702',
    authorizationList: [authorization],
  });
  await node.request('evm_mine', []);
  mixed = await headHeader(node);
  // From index 128 on, the key of a receipt in the trie has two bytes.
  for (let index = 0; index < 130; index += 1)
    await walletClient.sendTransaction({ to: numberedAddress(9), gas: 21_000n, nonce: nonce + 4 + index });
  await node.request('evm_mine', []);
  many = await headHeader(node);
});

afterAll(() => anvil.stop());

test('the root of a block with transactions of every type, including failed ones, equals its header’s', async () => {
  const receipts = await provenReceipts(node, mixed);
  expect(receipts.map(({ type }) => type)).toEqual([0, 1, 2, 4]);
  expect(receipts.map(({ status }) => status)).toContain('reverted');
  expect(receipts.flatMap(({ logs }) => logs)).toHaveLength(6);
});

test('the root of a block with more than 128 receipts equals its header’s', async () => {
  expect(await provenReceipts(node, many)).toHaveLength(130);
});

test('an empty block needs no request', async () => {
  await node.request('evm_mine', []);
  const header = await headHeader(node);
  expect(header.receiptsRoot).toBe(emptyReceiptsRoot);
  const before = node.metrics().rpcRequests;
  expect(await provenReceipts(node, header)).toEqual([]);
  expect(node.metrics().rpcRequests).toBe(before);
});

describe('receipts that are not exactly those of the block', () => {
  const faults: [string, (receipts: readonly TransactionReceipt[]) => readonly TransactionReceipt[]][] = [
    ['one is missing', (receipts) => receipts.slice(1)],
    ['all are missing', () => []],
    ['two are swapped', ([first, second, ...rest]) => [required(second, 'b'), required(first, 'a'), ...rest]],
    [
      'some logs of a transaction are missing',
      changed((receipt) => ({ ...receipt, logs: receipt.logs.slice(1) })),
    ],
    [
      'a log’s data differs',
      changed((receipt) => ({
        ...receipt,
        logs: receipt.logs.map((log) => ({ ...log, data: '0x03' as const })),
      })),
    ],
    ['a status differs', changed((receipt) => ({ ...receipt, status: 'reverted' }))],
    [
      'a log’s index differs',
      changed((receipt) => ({
        ...receipt,
        logs: receipt.logs.map((log) => ({ ...log, logIndex: log.logIndex + 1 })),
      })),
    ],
  ];

  function changed(change: (receipt: TransactionReceipt) => TransactionReceipt) {
    return ([first, ...rest]: readonly TransactionReceipt[]) => [
      change(required(first, 'a receipt')),
      ...rest,
    ];
  }

  test.each(faults)('receipts are refused as a fault of the node if %s', async (_, fault) => {
    const receipts = fault(await provenReceipts(node, mixed));
    const refused: unknown = await verifyReceiptsRoot(mixed, receipts).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ReceiptsRootError);
    expect(refused).toMatchObject({ place: { blockNumber: mixed.number } });
    expect(isNodeFault(refused)).toBe(true);
  });
});

test('the encoding of an OP stack deposit contains its nonce and version', async () => {
  const header = await headerByNumber(node, mixed.number);
  const [first] = await provenReceipts(node, header);
  const plain = required(first, 'a receipt');
  const deposit = parseReceipt({
    transactionHash: plain.transactionHash,
    transactionIndex: '0x0',
    gasUsed: '0x1',
    cumulativeGasUsed: '0x1',
    status: '0x1',
    logs: [],
    type: '0x7e',
    depositNonce: '0x5',
    depositReceiptVersion: '0x1',
  });
  expect(deposit).toMatchObject({ type: 0x7e, deposit: { nonce: 5n, version: 1n } });
  const before = { ...deposit, deposit: null };
  expect(await receiptsRootOf([deposit])).not.toBe(await receiptsRootOf([before]));
});
