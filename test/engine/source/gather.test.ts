import { expect, it } from 'vitest';
import { createNode } from '../../../src/engine/rpc/node.ts';
import { ContractSet } from '../../../src/engine/contract/contract-set.ts';
import { gather } from '../../../src/engine/source/gather.ts';
import { header, log, numberedAddress } from '../rpc/values.ts';

it('a range may have more logs than a function takes arguments', async () => {
  const block = header(5);
  const logs = Array.from({ length: 200_000 }, (_, index) => log(block, index));
  const token = { chainId: 1, address: numberedAddress(1), kind: 'TraceToken', startBlock: 0 } as const;
  const gathered = await gather(
    {
      // It receives no request: these logs have no topics, and so no reads.
      node: createNode({ url: 'http://127.0.0.1:9', timeoutMs: 1 }),
      completeness: 'logs',
      signal: new AbortController().signal,
      maximumReadBytes: 1_000,
      multicall3: null,
    },
    {
      range: { from: 5, to: 5 },
      headers: [block],
      logs: () => Promise.resolve(logs),
      headersOf: () => Promise.resolve([block]),
    },
    new ContractSet([{ ...token, factory: null, registry: null }]),
  );
  expect(gathered.blocks.map((one) => one.logs.length)).toEqual([logs.length]);
});
