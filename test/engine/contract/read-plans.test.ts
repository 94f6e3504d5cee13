import { encodeFunctionData, parseAbi, parseEther } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as abis from '../../../abis/index.ts';
import { multicall3Address } from '../../../contracts-fixtures/deploy.ts';
import type { ContractKind, EventName } from '../../../src/engine/contract/kind.ts';
import { announcedChild } from '../../../src/engine/contract/decode-batch.ts';
import { toAddress } from '../../../src/primitives/hex.ts';
import {
  callTo,
  startFixtureChain,
  type Call,
  type FixtureChain,
} from '../../contracts-fixtures/fixture-chain.ts';
import { drive, fixtureContracts, theEvent, toRawLog, type Driven } from './drive.ts';

let chain: FixtureChain;
beforeAll(async () => {
  chain = await startFixtureChain();
});
afterAll(async () => {
  await chain.stop();
});

/** The answers for one transaction's events, once from the contracts' state and once only from its calldata. */
interface BothWays {
  readonly state: Driven;
  readonly calldata: Driven;
}

async function bothWays(call: Call, from: FixtureChain['owner'] = chain.owner): Promise<BothWays> {
  const { status, logs } = await chain.transact(from, call);
  expect(status).toBe('success');
  return { state: await drive(chain, logs, 'everything'), calldata: await drive(chain, logs, 'no-state') };
}

/** The answers of the only such event, from state and from calldata. The values from calldata are consistent with those from the state. */
function answers<Kind extends ContractKind, Name extends EventName<Kind>>(
  both: BothWays,
  kind: Kind,
  name: Name,
) {
  const state = theEvent(both.state, kind, name).answer;
  const calldata = theEvent(both.calldata, kind, name).answer;
  return { state, calldata };
}

/** The fields of a value that are not null. */
function known(value: object | null): object {
  return Object.fromEntries(Object.entries(value ?? {}).filter(([, field]) => field !== null));
}

const address = (account: { readonly address: string }) => toAddress(account.address);

describe('ProductRegistry', () => {
  const abi = abis.productRegistryAbi;
  const to = () => chain.addresses.productRegistry;
  const product = (batchNumber: string) =>
    ({
      productName: `Product ${batchNumber}`,
      productType: 'Food',
      batchNumber,
      manufactureDate: 1_700_000_000n,
      expiryDate: 2n ** 255n,
      rawMaterials: ['cocoa', ''],
      metadataURI: 'ipfs://product',
    }) as const;
  const register = (batchNumber: string) => {
    const { productName, productType, manufactureDate, expiryDate, rawMaterials, metadataURI } =
      product(batchNumber);
    return callTo(to(), abi, 'registerProduct', [
      productName,
      productType,
      batchNumber,
      manufactureDate,
      expiryDate,
      rawMaterials,
      metadataURI,
    ]);
  };

  it('a registered product costs one call per event', async () => {
    const both = await bothWays(register('A-1'));
    const { metadataURI: metadataUri, ...written } = product('A-1');
    const { state, calldata } = answers(both, 'ProductRegistry', 'ProductRegistered');
    const owner = address(chain.owner);
    expect(state).toEqual({
      source: 'state',
      product: { ...written, metadataUri, manufacturer: owner, stakeholders: [owner], isActive: true },
    });
    expect(calldata.source).toBe('calldata');
    expect(known(calldata.product)).toEqual({ ...written, metadataUri, manufacturer: owner });
    expect(both.state.requests).toHaveLength(2);
  });

  it('each product of a batch is read from calldata', async () => {
    const both = await bothWays(
      callTo(to(), abi, 'batchRegisterProducts', [[product('B-1'), product('B-2')]]),
    );
    for (const [index, event] of both.calldata.events
      .filter(({ name }) => name === 'ProductRegistered')
      .entries()) {
      const batchNumber = `B-${index + 1}`;
      expect(event.answer).toMatchObject({
        source: 'calldata',
        product: { batchNumber, productName: `Product ${batchNumber}` },
      });
    }
  });

  it('a checkpoint is read with one call, or from calldata', async () => {
    const plain = await bothWays(callTo(to(), abi, 'addCheckpoint', [1n, 'shipped', 'Ghent', 'by barge']));
    const measured = await bothWays(
      callTo(to(), abi, 'addCheckpointWithEnvironment', [1n, 'stored', 'Basel', '4 C', '60 %', 'dock 3']),
    );
    const updated = await bothWays(
      callTo(to(), abi, 'updateCheckpoint', [1n, 1n, 'received', 'Bruges', '5 C', '61 %', 'corrected']),
    );
    expect(plain.state.requests).toHaveLength(1);
    for (const both of [plain, measured]) {
      const { state, calldata } = answers(both, 'ProductRegistry', 'CheckpointAdded');
      expect([state.source, calldata.source]).toEqual(['state', 'calldata']);
      expect(state.checkpoint).toMatchObject(known(calldata.checkpoint));
    }
    const { state, calldata } = answers(updated, 'ProductRegistry', 'CheckpointUpdated');
    expect(state.checkpoint).toMatchObject({ location: 'Bruges', temperature: '5 C' });
    expect(state.checkpoint).toMatchObject(known(calldata.checkpoint));
  });

  it('a checkpoint of a batch is identified in calldata by its status, and not answered if two match', async () => {
    const checkpoint = (status: string, location: string) =>
      ({ status, location, temperature: '', humidity: '', additionalData: '' }) as const;
    const inputs = [
      checkpoint('packaged', 'Liege'),
      checkpoint('sold', 'Namur'),
      checkpoint('sold', 'Mons'),
    ] as const;
    const both = await bothWays(callTo(to(), abi, 'batchAddCheckpoints', [1n, inputs]));
    const places = (driven: Driven) => driven.events.map(({ answer }) => answer);
    expect(places(both.state)).toMatchObject(
      inputs.map(({ location }) => ({ source: 'state', checkpoint: { location } })),
    );
    expect(places(both.calldata)).toMatchObject([
      { source: 'calldata', checkpoint: { location: 'Liege' } },
      { source: 'none', checkpoint: null },
      { source: 'none', checkpoint: null },
    ]);
  });

  it('an update is answered with the written values', async () => {
    const call = callTo(to(), abi, 'updateProduct', [1n, 'New name', 'Toys', 7n, ['wood'], 'ipfs://new']);
    const { state, calldata } = answers(await bothWays(call), 'ProductRegistry', 'ProductUpdated');
    expect(known(calldata.product)).toEqual({
      productName: 'New name',
      productType: 'Toys',
      expiryDate: 7n,
      rawMaterials: ['wood'],
      metadataUri: 'ipfs://new',
    });
    expect(state.product).toMatchObject(known(calldata.product));
  });

  it('a deleted or reactivated product is answered with the contract’s current record', async () => {
    const deleted = answers(
      await bothWays(callTo(to(), abi, 'deleteProduct', [1n])),
      'ProductRegistry',
      'ProductDeleted',
    );
    expect(deleted.state).toMatchObject({
      source: 'state',
      product: { isActive: false, productName: 'New name' },
    });
    expect(deleted.calldata).toEqual({ source: 'none', product: null });
    const back = await bothWays(callTo(to(), abi, 'reactivateProduct', [1n]));
    expect(answers(back, 'ProductRegistry', 'ProductReactivated').state).toMatchObject({
      product: { isActive: true },
    });
  });

  it('the account that added a stakeholder is answered', async () => {
    const both = await bothWays(callTo(to(), abi, 'addStakeholder', [1n, chain.alice.address]));
    const { state } = answers(both, 'ProductRegistry', 'StakeholderAdded');
    expect(state).toEqual({ source: 'calldata', addedBy: address(chain.owner) });
  });

  it('calldata of a call through another contract is ignored', async () => {
    const aggregate = parseAbi([
      'struct Call { address target; bool allowFailure; bytes callData; }',
      'function aggregate3(Call[] calls) payable',
    ]);
    const inner = register('C-1');
    const calls = [{ target: inner.to, allowFailure: false, callData: inner.data }] as const;
    const both = await bothWays({
      to: multicall3Address,
      data: encodeFunctionData({ abi: aggregate, functionName: 'aggregate3', args: [calls] }),
    });
    const { state, calldata } = answers(both, 'ProductRegistry', 'ProductRegistered');
    expect(state).toMatchObject({ source: 'state', product: { manufacturer: multicall3Address } });
    expect(calldata).toEqual({ source: 'none', product: null });
  });
});

describe('NFTCertificate', () => {
  const abi = abis.nftCertificateAbi;
  const to = () => chain.addresses.nftCertificate;

  it('a mint is answered for both its Transfer and its own event', async () => {
    const call = callTo(to(), abi, 'mintCertificate', [
      chain.alice.address,
      1n,
      'organic',
      'ipfs://certificate',
      ['ISO 9001', ''],
      9n,
    ]);
    const both = await bothWays(call);
    const { state, calldata } = answers(both, 'NFTCertificate', 'CertificateMinted');
    const alice = address(chain.alice);
    expect(state).toMatchObject({ source: 'state', owner: alice, isBurned: false });
    expect(state.certificate).toMatchObject({
      firstOwner: alice,
      isValid: true,
      minter: address(chain.owner),
    });
    expect(theEvent(both.state, 'NFTCertificate', 'Transfer').answer).toEqual(state);
    expect(calldata.source).toBe('calldata');
    expect(state.certificate).toMatchObject(known(calldata.certificate));
    expect(calldata).toMatchObject({ owner: null, isBurned: null, tokenUri: null });
    expect(both.state.requests).toHaveLength(3);
  });

  it('verifications are answered by token and by code', async () => {
    const [, , , code] = await chain.publicClient.readContract({
      address: to(),
      abi,
      functionName: 'getCertificate',
      args: [0n],
    });
    const calls = [
      callTo(to(), abi, 'verifyCertificate', [0n, 'scan', 'at the door']),
      callTo(to(), abi, 'verifyByCode', [code, 'code', 'at the till']),
    ];
    for (const call of calls) {
      const { state, calldata } = answers(await bothWays(call), 'NFTCertificate', 'CertificateVerified');
      expect(state.source).toBe('state');
      expect(state.history?.at(-1)?.additionalData).toBe(calldata.additionalData);
      expect(calldata.source).toBe('calldata');
    }
  });

  it('a transfer is answered with the new owner, and an invalidation with the invalid status', async () => {
    const moved = callTo(to(), abi, 'transferFrom', [chain.alice.address, chain.bob.address, 0n]);
    const transfer = answers(await bothWays(moved, chain.alice), 'NFTCertificate', 'Transfer');
    expect(transfer.state).toMatchObject({
      owner: address(chain.bob),
      certificate: { firstOwner: address(chain.alice) },
    });
    expect(transfer.calldata).toMatchObject({ source: 'none', certificate: null, owner: null });
    const invalidated = await bothWays(callTo(to(), abi, 'invalidateCertificate', [0n, 'recalled']));
    expect(answers(invalidated, 'NFTCertificate', 'CertificateInvalidated').state).toMatchObject({
      certificate: { isValid: false },
    });
  });
});

describe('TraceToken', () => {
  const abi = abis.traceTokenAbi;
  const to = () => chain.addresses.traceToken;

  it("a stake is answered with the contract's constants", async () => {
    const { state, calldata } = answers(
      await bothWays(callTo(to(), abi, 'stake', [parseEther('1000')])),
      'TraceToken',
      'TokensStaked',
    );
    expect(state).toMatchObject({
      source: 'state',
      stake: { stakedAmount: parseEther('1000') },
      minimumStakeWei: parseEther('1000'),
      lockPeriodSeconds: 604_800n,
      rewardRatePercent: 5n,
    });
    expect(calldata).toMatchObject({ source: 'none', stake: null, minimumStakeWei: null });
  });

  it('a vesting schedule is answered', async () => {
    const call = callTo(to(), abi, 'createVestingSchedule', [chain.bob.address, 1_000_000n, 1000n, true]);
    const { state, calldata } = answers(await bothWays(call), 'TraceToken', 'VestingScheduleCreated');
    expect(state.schedule).toMatchObject({
      totalAmount: 1_000_000n,
      duration: 1000n,
      isRevocable: true,
      released: 0n,
    });
    expect(known(calldata.schedule)).toEqual({ totalAmount: 1_000_000n, duration: 1000n, isRevocable: true });
  });
});

describe('PaymentContract', () => {
  const abi = abis.paymentContractAbi;
  const to = () => chain.addresses.paymentContract;

  beforeAll(async () => {
    await chain.transact(
      chain.owner,
      callTo(chain.addresses.traceToken, abis.traceTokenAbi, 'approve', [to(), 10n ** 30n]),
    );
    await chain.transact(chain.owner, callTo(to(), abi, 'setArbitrator', [chain.owner.address, true]));
  });
  const escrow = () =>
    callTo(to(), abi, 'createEscrowPayment', [
      chain.bob.address,
      1000n,
      1n,
      99n,
      'on delivery',
      '{"order":7}',
    ]);

  it("an escrow payment is answered with its token's symbol", async () => {
    const { state, calldata } = answers(await bothWays(escrow()), 'PaymentContract', 'PaymentCreated');
    expect(state).toMatchObject({
      source: 'state',
      token: chain.addresses.traceToken,
      currency: 'TRACE',
      milestones: [],
    });
    expect(calldata).toMatchObject({ source: 'calldata', token: null, currency: null });
    expect(state.payment).toMatchObject(known(calldata.payment));
    expect(known(calldata.payment)).toMatchObject({
      productId: 1n,
      conditions: 'on delivery',
      metadata: '{"order":7}',
    });
  });

  it('milestones are answered, with texts from calldata if their amounts differ', async () => {
    const created = await bothWays(
      callTo(to(), abi, 'createMilestonePayment', [
        chain.bob.address,
        60n,
        1n,
        99n,
        ['draft', 'final'],
        [20n, 40n],
      ]),
    );
    const texts = created.calldata.events
      .filter(({ name }) => name === 'MilestoneCreated')
      .map(({ answer }) => answer);
    expect(texts).toMatchObject([
      { milestones: [{ description: 'draft' }] },
      { milestones: [{ description: 'final' }] },
    ]);
    const { state } = answers(created, 'PaymentContract', 'PaymentCreated');
    expect(state.milestones).toMatchObject([
      { description: 'draft', amount: 20n },
      { description: 'final', amount: 40n },
    ]);
    const completed = answers(
      await bothWays(callTo(to(), abi, 'completeMilestone', [2n, 0n, 'a pdf'])),
      'PaymentContract',
      'MilestoneCompleted',
    );
    const owner = address(chain.owner);
    expect(completed.state).toMatchObject({
      sender: owner,
      milestones: [{ deliverables: 'a pdf', isCompleted: true }, {}],
    });
    expect(completed.calldata).toMatchObject({
      sender: owner,
      milestones: [{ milestoneId: 0n, deliverables: 'a pdf' }],
    });
  });

  it('the account that released or cancelled a payment is answered', async () => {
    const released = answers(
      await bothWays(callTo(to(), abi, 'releasePayment', [1n])),
      'PaymentContract',
      'PaymentCompleted',
    );
    expect(released.state).toMatchObject({
      source: 'state',
      sender: address(chain.owner),
      payment: { isCompleted: true },
    });
    expect(released.calldata).toEqual({
      source: 'none',
      payment: null,
      milestones: null,
      sender: address(chain.owner),
    });
    await chain.transact(chain.owner, escrow());
    const cancelled = await bothWays(callTo(to(), abi, 'cancelPayment', [3n, 'late']));
    expect(answers(cancelled, 'PaymentContract', 'PaymentCancelled').state).toMatchObject({
      payment: { isCancelled: true },
    });
  });

  it('disputes are answered, and the payment of a resolved one', async () => {
    await chain.transact(chain.owner, escrow());
    const initiated = answers(
      await bothWays(callTo(to(), abi, 'initiateDispute', [4n, 'broken', 'ipfs://photo'])),
      'PaymentContract',
      'DisputeInitiated',
    );
    expect(initiated.state.dispute).toMatchObject(known(initiated.calldata.dispute));
    expect(initiated.calldata.dispute).toMatchObject({ reason: 'broken', evidence: 'ipfs://photo' });
    const resolved = answers(
      await bothWays(callTo(to(), abi, 'resolveDispute', [1n, true, 'refund'])),
      'PaymentContract',
      'DisputeResolved',
    );
    expect(resolved.state).toMatchObject({
      dispute: { isResolved: true, paymentId: 4n },
      payment: { amount: 1000n },
    });
    expect(resolved.state.dispute).toMatchObject(known(resolved.calldata.dispute));
  });
});

describe('ComplianceContract', () => {
  const abi = abis.complianceContractAbi;
  const to = () => chain.addresses.complianceContract;
  const add = (ruleId: string) =>
    callTo(to(), abi, 'addComplianceRule', [ruleId, `Rule ${ruleId}`, 'food', 'keep cool', 'ISO 9001', 3n]);

  it("a rule's text is answered from the call that its hash proves", async () => {
    const both = await bothWays(add('cold-chain'));
    const { state, calldata } = answers(both, 'ComplianceContract', 'RuleAdded');
    expect(state).toMatchObject({
      source: 'state',
      ruleId: 'cold-chain',
      rule: { severity: 3n, isActive: true },
    });
    expect(calldata.source).toBe('calldata');
    expect(state.rule).toMatchObject(known(calldata.rule));
    expect(both.state.requests).toHaveLength(2);
    const updated = answers(
      await bothWays(callTo(to(), abi, 'updateComplianceRule', ['cold-chain', false])),
      'ComplianceContract',
      'RuleUpdated',
    );
    expect(updated.state).toMatchObject({ ruleId: 'cold-chain', rule: { isActive: false } });
    expect(updated.calldata).toEqual({ source: 'none', ruleId: 'cold-chain', rule: null });
  });

  it("a rule is found in the contract's list if the transaction does not contain it", async () => {
    for (let index = 0; index < 20; index += 1) {
      const { logs } = await chain.transact(chain.owner, add(`rule ${index}`));
      if (index % 5 !== 0) continue;
      const found = theEvent(
        await drive(chain, logs, 'no-transactions'),
        'ComplianceContract',
        'RuleAdded',
      ).answer;
      expect(found).toMatchObject({ source: 'state', ruleId: `rule ${index}` });
    }
  });

  it('single and batched checks are answered with their evidence', async () => {
    const check = callTo(to(), abi, 'checkCompliance', [1n, 'cold-chain', true, 'ipfs://log', 90n, 'fine']);
    const batch = callTo(to(), abi, 'batchComplianceCheck', [
      [1n, 2n],
      ['rule 1', 'rule 2'],
      [false, true],
      ['ipfs://one', 'ipfs://two'],
      [10n, 20n],
      ['first', 'second'],
    ]);
    await chain.transact(chain.owner, callTo(to(), abi, 'updateComplianceRule', ['cold-chain', true]));
    const single = answers(await bothWays(check), 'ComplianceContract', 'ComplianceChecked');
    expect(single.state.checks?.at(-1)).toMatchObject({ ruleId: 'cold-chain', notes: 'fine' });
    expect(single.state.checks?.at(-1)).toMatchObject(known(single.calldata.stated));
    const both = await bothWays(batch);
    const stated = both.calldata.events
      .filter(({ name }) => name === 'ComplianceChecked')
      .map(({ answer }) => answer);
    expect(stated).toMatchObject([{ stated: { notes: 'first' } }, { stated: { notes: 'second' } }]);
    const evidence = answers(
      await bothWays(callTo(to(), abi, 'updateEvidence', [1n, 'cold-chain', 0n, 'ipfs://better'])),
      'ComplianceContract',
      'EvidenceUpdated',
    );
    expect(evidence.state.checks?.[0]?.evidence).toBe('ipfs://better');
    expect(evidence.calldata.stated).toMatchObject({ checkIndex: 0n, evidence: 'ipfs://better' });
  });
});

describe('factories', () => {
  it('factories announce their children, and a compliance contract with its registry', async () => {
    const registry = chain.addresses.productRegistry;
    const nowhere = `0x${'0'.repeat(40)}` as const;
    const deployments = [
      [
        callTo(chain.addresses.productFactory, abis.productFactoryAbi, 'deployRegistry', [
          'Acme',
          'maker',
          'ipfs://acme',
        ]),
        'ProductRegistry',
        null,
      ],
      [
        callTo(chain.addresses.nftFactory, abis.nftFactoryAbi, 'deployNFTCertificate', [
          'Certificates',
          'CRT',
          '',
        ]),
        'NFTCertificate',
        null,
      ],
      [
        callTo(chain.addresses.complianceFactory, abis.complianceFactoryAbi, 'deployComplianceContract', [
          registry,
          nowhere,
          nowhere,
          'food',
          'Acme',
          '',
        ]),
        'ComplianceContract',
        registry,
      ],
      [
        callTo(chain.addresses.complianceFactory, abis.complianceFactoryAbi, 'deployComplianceContract', [
          nowhere,
          nowhere,
          nowhere,
          'food',
          'Acme',
          '',
        ]),
        'ComplianceContract',
        null,
      ],
    ] as const;
    for (const [call, kind, childRegistry] of deployments) {
      const { logs } = await chain.transact(chain.owner, call);
      const children = logs
        .map((log) => announcedChild(toRawLog(log), fixtureContracts(chain)))
        .filter((child) => child !== null);
      expect(children).toMatchObject([
        { kind, registry: childRegistry, factory: call.to, startBlock: Number(logs[0]?.blockNumber) },
      ]);
      expect(await chain.publicClient.getCode({ address: children[0]?.address ?? nowhere })).toBeDefined();
    }
  });
});
