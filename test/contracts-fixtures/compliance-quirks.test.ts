/** What the deployed compliance and access control contracts do: the fixtures do the same. */
import { keccak256, stringToHex } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as abis from '../../abis/index.ts';
import { argumentsOf, callTo, startFixtureChain } from './fixture-chain.ts';
import type { FixtureChain } from './fixture-chain.ts';

let chain: FixtureChain;
beforeAll(async () => {
  chain = await startFixtureChain();
});
afterAll(async () => {
  await chain.stop();
});

describe('ComplianceContract', () => {
  const abi = abis.complianceContractAbi;
  const compliance = () => chain.addresses.complianceContract;

  it('hashes rule ids into topics and keeps their text', async () => {
    const rule = ['cold-chain', 'Cold chain', 'food', 'below 8 degrees', 'HACCP', 3n] as const;
    const added = await chain.transact(chain.owner, callTo(compliance(), abi, 'addComplianceRule', rule));
    expect(added.logs[0]?.topics[1]).toBe(keccak256(stringToHex('cold-chain')));
    await chain.transact(
      chain.owner,
      callTo(compliance(), abi, 'updateComplianceRule', ['cold-chain', false]),
    );
    await chain.transact(
      chain.owner,
      callTo(compliance(), abi, 'updateComplianceRule', ['cold-chain', true]),
    );
    const text = await chain.publicClient.readContract({
      address: compliance(),
      abi,
      functionName: 'activeRuleIds',
      args: [0n],
    });
    expect(text).toBe('cold-chain');
  });

  it('tells the check, then the product', async () => {
    const check = callTo(compliance(), abi, 'checkCompliance', [
      999n,
      'cold-chain',
      false,
      'ipfs://log',
      80n,
      '',
    ]);
    const outcome = await chain.transact(chain.owner, check);
    expect(outcome.events).toEqual(['ComplianceChecked', 'ProductCompliant']);
    expect(argumentsOf(outcome.logs[1])).toMatchObject({
      productId: 999n,
      isCompliant: false,
      totalChecks: 1n,
    });
  });
});

describe('TraceAccessControl', () => {
  it('executes a proposal that enough have signed', async () => {
    const abi = abis.traceAccessControlAbi;
    const { traceAccessControl } = chain.addresses;
    const configId = keccak256('0x01');
    const signers = [chain.alice.address];
    await chain.transact(
      chain.owner,
      callTo(traceAccessControl, abi, 'createMultiSigConfig', [configId, 1n, signers]),
    );
    const proposed = await chain.transact(
      chain.alice,
      callTo(traceAccessControl, abi, 'createMultiSigProposal', [configId, chain.bob.address]),
    );
    const proposalId = proposed.logs[0]?.topics[1] ?? '0x';
    await chain.transact(chain.alice, callTo(traceAccessControl, abi, 'signMultiSigProposal', [proposalId]));
    const executed = await chain.transact(
      chain.alice,
      callTo(traceAccessControl, abi, 'executeMultiSigProposal', [proposalId]),
    );
    expect(argumentsOf(executed.logs[0])).toMatchObject({ proposalId, success: true });
  });
});
