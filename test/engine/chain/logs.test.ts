import { expect, test } from 'vitest';
import { InconsistentAnswerError } from '../../../src/engine/rpc/errors.ts';
import { getLogs, getLogsByBlockHash } from '../../../src/engine/chain/logs.ts';
import { createNode } from '../../../src/engine/rpc/node.ts';
import { results, startScriptedServer } from '../rpc/scripted-server.ts';
import { header, log, numberedAddress } from '../rpc/values.ts';

const block = header(5);
const filter = { addresses: [numberedAddress(1)] };

function answered(logIndex: number): object {
  const { blockNumber, transactionIndex, ...rest } = log(block, logIndex);
  return {
    ...rest,
    blockNumber: `0x${blockNumber.toString(16)}`,
    transactionIndex: `0x${transactionIndex.toString(16)}`,
    logIndex: `0x${logIndex.toString(16)}`,
  };
}

test('logs are returned in chain order, regardless of the node’s order', async () => {
  await using server = await startScriptedServer((requests) => ({
    body: results(requests, () => [answered(2), answered(0)]),
  }));
  const logs = await getLogs(createNode({ url: server.url }), { from: 5, to: 5 }, filter);
  expect(logs.map(({ logIndex }) => logIndex)).toEqual([0, 2]);
});

test('duplicate logs are refused, by range and by hash', async () => {
  await using server = await startScriptedServer((requests) => ({
    body: results(requests, () => [answered(0), answered(2), answered(0)]),
  }));
  const node = createNode({ url: server.url });
  await expect(getLogs(node, { from: 5, to: 5 }, filter)).rejects.toBeInstanceOf(InconsistentAnswerError);
  await expect(getLogsByBlockHash(node, [block.hash], filter)).rejects.toBeInstanceOf(
    InconsistentAnswerError,
  );
});
