/** The contracts that only the devnet and the tests use. */
import { encodeAbiParameters, keccak256, parseAbi, stringToHex, toFunctionSelector } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as abis from '../../abis/index.ts';
import { deployFixture, multicall3Address } from '../../contracts-fixtures/deploy.ts';
import { hostileEmitterAbi } from '../../contracts-fixtures/hostile-emitter.ts';
import type { Address } from '../../src/primitives/hex.ts';
import { callTo, startFixtureChain } from './fixture-chain.ts';
import type { FixtureChain } from './fixture-chain.ts';

let chain: FixtureChain;
beforeAll(async () => {
  chain = await startFixtureChain();
});
afterAll(async () => {
  await chain.stop();
});

describe('Multicall3', () => {
  it('answers each call by itself, failures included', async () => {
    const { productRegistry } = chain.addresses;
    const read = { address: productRegistry, abi: abis.productRegistryAbi } as const;
    const answers = await chain.publicClient.multicall({
      contracts: [
        { ...read, functionName: 'nextProductId' },
        { ...read, functionName: 'getProduct', args: [999n] },
      ],
      multicallAddress: multicall3Address,
    });
    expect(answers.map((answer) => answer.status)).toEqual(['success', 'failure']);
    expect(answers[0].result).toBe(1n);
  });
});

describe('HostileEmitter', () => {
  let emitter: Address;
  beforeAll(async () => {
    emitter = await deployFixture(chain, 'HostileEmitter', hostileEmitterAbi, []);
  });

  it("emits any contract's events with any bytes, and logs without topics", async () => {
    const topics = [
      keccak256(stringToHex('Paused(address)')),
      ...Array.from({ length: 3 }, () => keccak256('0x')),
    ];
    const logs = [0, 1, 2, 3, 4].map((count) => ({
      topics: topics.slice(0, count),
      data: '0xdead' as const,
    }));
    const hash = await chain.walletClient.writeContract({
      address: emitter,
      abi: hostileEmitterAbi,
      functionName: 'emitLogs',
      args: [logs],
    });
    const receipt = await chain.publicClient.waitForTransactionReceipt({ hash });
    expect(receipt.logs.map(({ topics: emitted, data }) => ({ topics: emitted, data }))).toEqual(logs);
  });

  it('answers by calldata, else by selector, else reverts', async () => {
    const abi = parseAbi(['function answer(uint256) view returns (uint256)']);
    const selector = toFunctionSelector('answer(uint256)');
    const exact = `${selector}${'7'.padStart(64, '0')}` as const;
    const word = (value: bigint) => encodeAbiParameters([{ type: 'uint256' }], [value]);
    const answer = (id: bigint) =>
      chain.publicClient.readContract({ address: emitter, abi, functionName: 'answer', args: [id] });
    await expect(answer(1n)).rejects.toThrow('reverted');
    await chain.transact(chain.owner, callTo(emitter, hostileEmitterAbi, 'setAnswer', [selector, word(1n)]));
    await chain.transact(chain.owner, callTo(emitter, hostileEmitterAbi, 'setAnswer', [exact, word(2n)]));
    expect([await answer(1n), await answer(7n)]).toEqual([1n, 2n]);
    await chain.transact(chain.owner, callTo(emitter, hostileEmitterAbi, 'setRevert', [exact, '0x']));
    await expect(answer(7n)).rejects.toThrow('reverted');
    await chain.transact(chain.owner, callTo(emitter, hostileEmitterAbi, 'clearAnswer', [exact]));
    expect(await answer(7n)).toBe(1n);
  });
});
