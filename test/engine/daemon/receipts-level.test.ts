/** The level `receipts`: logs come only from receipts that match the header's root. */
import { expect, test } from 'vitest';
import { z } from 'zod';
import { productFactoryAbi, traceTokenAbi } from '../../../abis/index.ts';
import { followChain } from '../../support/followed-chain.ts';
import { startNodeProxy } from '../../support/node-proxy.ts';
import { chainTableContents } from '../../support/tables.ts';

const chain = followChain();
const overrides = { chain: { completeness: 'receipts' } } as const;
const receiptsSchema = z.array(z.looseObject({ logs: z.array(z.unknown()) }));

async function found(): Promise<number> {
  const hash = await chain.clients.walletClient.writeContract({
    address: chain.addresses.productFactory,
    abi: productFactoryAbi,
    functionName: 'deployRegistry',
    args: ['Roasters', 'roaster', ''],
  });
  return Number((await chain.clients.publicClient.waitForTransactionReceipt({ hash })).blockNumber);
}

async function capability(): Promise<object[]> {
  return await chain.query(`select capabilities #>> '{receipts,state}' as state from ledger.chains`);
}

async function pay(): Promise<number> {
  const hash = await chain.clients.walletClient.writeContract({
    address: chain.addresses.traceToken,
    abi: traceTokenAbi,
    functionName: 'transfer',
    args: [chain.addresses.productRegistry, 5n],
  });
  return Number((await chain.clients.publicClient.waitForTransactionReceipt({ hash })).blockNumber);
}

test('gives the same rows as blooms do, in a backfill and at the head, without asking for logs', async () => {
  await chain.register('A');
  await found();
  await chain.mine(8);
  await using proxy = await startNodeProxy(chain.rpcUrl);
  const daemon = chain.start({ rpcUrl: proxy.url, overrides });
  await daemon.projected(await chain.head());
  await pay();
  const head = await chain.register('B');
  await daemon.projected(head);
  expect(proxy.asked.get('eth_getLogs')).toBeUndefined();

  const url = await chain.anotherDatabase();
  await chain.start({ databaseUrl: url }).projected(head);
  expect(await chainTableContents(chain.databaseUrl)).toEqual(await chainTableContents(url));
  expect(await chain.query('select distinct completeness from ledger.blocks')).toEqual([
    { completeness: 'receipts' },
  ]);
  expect(await capability()).toEqual([{ state: 'checkable' }]);
});

test('takes nothing from a node that leaves a part of a block’s logs out, and all of it once the node is honest', async () => {
  await using proxy = await startNodeProxy(chain.rpcUrl);
  const daemon = chain.start({ rpcUrl: proxy.url, overrides });
  const before = await chain.head();
  await daemon.projected(before);
  proxy.change = ({ method }, result) =>
    method === 'eth_getBlockReceipts'
      ? receiptsSchema.parse(result).map((receipt) => ({ ...receipt, logs: receipt.logs.slice(1) }))
      : result;
  const head = await chain.register('A');
  await expect.poll(() => proxy.asked.get('eth_getBlockReceipts') ?? 0).toBeGreaterThan(3);
  expect(await chain.query('select max(number)::int as number from ledger.blocks')).toEqual([
    { number: before },
  ]);
  proxy.change = null;
  await daemon.projected(head);
  expect(await chain.query('select count(*)::int from products')).toEqual([{ count: 1 }]);
});

const headerSchema = z.looseObject({ receiptsRoot: z.string() });

test('is refused where the headers hold another root, which is kept with the chain', async () => {
  await chain.register('A');
  await using proxy = await startNodeProxy(chain.rpcUrl);
  proxy.change = ({ method }, result) =>
    method === 'eth_getBlockByNumber' && result !== null
      ? { ...headerSchema.parse(result), receiptsRoot: `0x${'00'.repeat(32)}` }
      : result;
  const daemon = chain.start({ rpcUrl: proxy.url, overrides });
  await expect(daemon.projected(Infinity)).rejects.toMatchObject({ code: 'sync/receipts-not-checkable' });
  expect(await capability()).toEqual([{ state: 'differing' }]);
});

test('is refused where no node serves receipts', async () => {
  await chain.register('A');
  await using proxy = await startNodeProxy(chain.rpcUrl);
  proxy.intercept = (response, requests) => {
    if (!requests.some(({ method }) => method.includes('Receipt'))) return false;
    response.writeHead(200, { 'content-type': 'application/json' });
    const answers = requests.map(({ id }) => ({
      jsonrpc: '2.0',
      id,
      error: { code: -32601, message: 'no such method' },
    }));
    response.end(JSON.stringify(answers.length === 1 ? answers[0] : answers));
    return true;
  };
  const daemon = chain.start({ rpcUrl: proxy.url, overrides });
  await expect(daemon.projected(Infinity)).rejects.toMatchObject({ code: 'sync/receipts-not-checkable' });
  expect(await capability()).toEqual([{ state: 'unserved' }]);
});
