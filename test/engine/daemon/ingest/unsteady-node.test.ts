/** A single overloaded node that fails a few of its requests. */
import { expect, test } from 'vitest';
import { followChain } from '../../../support/followed-chain.ts';
import { startNodeProxy } from '../../../support/node-proxy.ts';

const chain = followChain();
const faultEvery = 12;

test('a node that fails at one question in a dozen is indexed from all the same: less is asked of it at once', async () => {
  const head = await chain.mine(60);
  await using proxy = await startNodeProxy(chain.rpcUrl);
  let asked = 0;
  proxy.change = ({ method }, result) => {
    if (method !== 'eth_getBlockReceipts') return result;
    asked += 1;
    return asked % faultEvery === 0 ? null : result;
  };
  const daemon = chain.start({ rpcUrl: proxy.url, overrides: { chain: { completeness: 'receipts' } } });
  await daemon.projected(head);
  expect(asked).toBeGreaterThan(faultEvery);
});
