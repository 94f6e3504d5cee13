/** A script executed on anvil: all its transactions succeed, and the error names those that do not. */
import { pino } from 'pino';
import { encodeFunctionData } from 'viem';
import { expect, it } from 'vitest';
import { traceTokenAbi } from '../../../abis/index.ts';
import { required } from '../../../src/primitives/errors.ts';
import { toAddress } from '../../../src/primitives/hex.ts';

import { startLiveNode } from '../processes/node.ts';
import { blockNumber, checkPlayed, deployScript, expectedRows, playBlock } from './make.ts';

const poor = toAddress(`0x${'9'.repeat(40)}`);

it('hundreds of events of a block come in the order that they need, and one that fails is named', async () => {
  const node = await startLiveNode(pino({ level: 'silent' }));
  try {
    const recipe = { kind: 'mixed', events: 1_000, eventsPerBlock: 500, seed: 1 } as const;
    const { contracts, script } = await deployScript(recipe, node.rpcUrl);
    for (const block of script.blocks()) await playBlock(node.rpcUrl, block);
    const played = async () => ({
      contracts,
      lastEventBlock: await blockNumber(node.rpcUrl),
      expected: expectedRows(contracts, script),
    });
    await checkPlayed(node.rpcUrl, await played());

    const args = [poor, 1n] as const;
    const data = encodeFunctionData({ abi: traceTokenAbi, functionName: 'transfer', args });
    const token = required(contracts[0], 'the token').address;
    await playBlock(node.rpcUrl, { emptyBefore: 0, transactions: [{ from: poor, to: token, data }] });
    const facts = await played();
    const lacking = { ...facts, expected: { ...facts.expected, logs: facts.expected.logs + 1 } };
    await expect(checkPlayed(node.rpcUrl, lacking)).rejects.toThrow(
      new RegExp(
        `1 transactions reverted.*\nblock ${facts.lastEventBlock}, transaction 0 \\(0x\\w+\\) from ${poor} to ${token}: reverted`,
      ),
    );
  } finally {
    await node.stop();
  }
});
