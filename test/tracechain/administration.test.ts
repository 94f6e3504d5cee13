import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kinds } from '../../src/tracechain/index.ts';
import { type Hash, zeroAddress } from '../../src/primitives/hex.ts';
import { userId } from '../../src/primitives/ids.ts';
import { administration } from '../../src/tracechain/administration/projection.ts';
import { allProjections } from '../../src/tracechain/projections.ts';
import {
  addressOf,
  block,
  blocksOf,
  chainOf,
  event,
  type EventDescription,
  expectSameInAnyBatches,
  firstBlockTime,
  foldBlocks,
  hashOf,
} from './support/chain.ts';

const owner = addressOf('owner');
const successor = addressOf('successor');
const child = addressOf('child');
const configId: Hash = hashOf('configuration');

function fold(...events: readonly EventDescription[]) {
  return foldBlocks([administration], chainOf(...events.map((one) => block(one))));
}

test('every event of every kind has someone who answers to it', () => {
  const unanswered = Object.entries(kinds).flatMap(([kind, { abi }]) =>
    abi
      .filter((item) => item.type === 'event')
      .filter(({ name }) => allProjections.handlersOf(kind, name).length === 0)
      .map(({ name }) => `${kind}.${name}`),
  );
  expect(unanswered).toEqual([]);
});

describe('system events', () => {
  test('an event becomes a row with its arguments, and those whom it names become users', () => {
    const folded = fold(
      event('ProductRegistry', 'OwnershipTransferred', { previousOwner: owner, newOwner: successor }),
    );
    expect(folded.only('systemEvents')).toMatchObject({
      eventType: 'OwnershipTransferred',
      eventData: { contract: 'ProductRegistry', arguments: { previousOwner: owner, newOwner: successor } },
      severity: 'info',
      source: 'chain',
      createdAt: firstBlockTime,
      smartContractAddress: addressOf('ProductRegistry'),
      blockNumber: 1,
      logIndex: 0,
    });
    expect(folded.users).toEqual(new Set([userId(owner), userId(successor)]));
  });

  test('big numbers are decimal text, lists and hashes are kept', () => {
    const folded = fold(
      event('TraceAccessControl', 'MultiSigConfigCreated', {
        configId,
        requiredSignatures: 2n ** 256n - 1n,
        signers: [owner, successor],
      }),
    );
    expect(folded.only('systemEvents').eventData).toEqual({
      contract: 'TraceAccessControl',
      arguments: {
        configId,
        requiredSignatures: (2n ** 256n - 1n).toString(),
        signers: [owner, successor],
      },
    });
    expect(folded.users.size).toBe(2);
  });

  test.each([
    [event('TraceToken', 'Paused', { account: owner }), 'warning'],
    [event('TraceToken', 'Unpaused', { account: owner }), 'info'],
    [event('TraceAccessControl', 'AddressBlacklisted', { account: owner, blacklisted: true }), 'warning'],
    [event('RewardsDistributor', 'SuspiciousActivityDetected', { user: owner, reason: 'x' }), 'warning'],
    [event('RewardsDistributor', 'RewardRateUpdated', { category: 'scan', newRate: 1n }), 'info'],
    [event('PaymentContract', 'FeeRecipientUpdated', { newRecipient: owner }), 'info'],
  ] as const)('$0.name has the severity %s', (one, severity) => {
    expect(fold(one).only('systemEvents').severity).toBe(severity);
  });

  test('what a proposal would call is no user, nor is the zero address', () => {
    const folded = fold(
      event('TraceAccessControl', 'MultiSigProposalCreated', {
        proposalId: configId,
        proposer: owner,
        target: child,
      }),
      event('TraceToken', 'OwnershipTransferred', { previousOwner: zeroAddress, newOwner: owner }),
    );
    expect(folded.users).toEqual(new Set([userId(owner)]));
  });

  test('a text that PostgreSQL cannot hold is shown and marked', () => {
    const folded = fold(
      event('RewardsDistributor', 'SuspiciousActivityDetected', { user: owner, reason: 'a\0b' }),
    );
    expect(folded.only('systemEvents')).toMatchObject({
      eventData: { arguments: { reason: 'a\uFFFDb' } },
      inexactColumns: ['event_data'],
    });
  });
});

const created = event('ProductFactory', 'RegistryCreated', {
  registryAddress: child,
  owner,
  organizationName: 'Harvest',
  organizationType: 'farm',
});

describe("a factory's children", () => {
  test('a registry', () => {
    expect(fold(created).only('factoryContracts')).toMatchObject({
      contractAddress: child,
      smartContractAddress: addressOf('ProductFactory'),
      kind: 'ProductRegistry',
      ownerId: userId(owner),
      name: 'Harvest',
      category: 'farm',
      symbol: null,
      instanceId: null,
      isActive: true,
      createdAt: firstBlockTime,
    });
  });

  test('a certificate contract', () => {
    const deployed = event('NFTFactory', 'NFTCertificateDeployed', {
      instanceId: 0n,
      contractAddress: child,
      name: 'Origin',
      symbol: 'ORG',
      owner,
    });
    expect(fold(deployed).only('factoryContracts')).toMatchObject({
      kind: 'NFTCertificate',
      instanceId: 0n,
      name: 'Origin',
      symbol: 'ORG',
    });
  });

  test.each([
    [addressOf('registry'), addressOf('registry')],
    [zeroAddress, null],
  ])('a compliance contract for the registry %s', (productRegistry, shown) => {
    const deployed = event('ComplianceFactory', 'ComplianceContractCreated', {
      complianceAddress: child,
      productRegistry,
      owner,
      industryType: 'food',
      organizationName: 'Auditors',
    });
    expect(fold(deployed).only('factoryContracts')).toMatchObject({
      kind: 'ComplianceContract',
      name: 'Auditors',
      category: 'food',
      productRegistryAddress: shown,
    });
  });

  test('is switched off and on, and renamed', () => {
    const off = event('ProductFactory', 'RegistryDeactivated', { registryAddress: child, owner });
    const on = event('ProductFactory', 'RegistryReactivated', { registryAddress: child, owner });
    const described = event('ProductFactory', 'RegistryMetadataUpdated', {
      registryAddress: child,
      newMetadataURI: 'ipfs://new',
    });
    expect(fold(created, off).only('factoryContracts')).toMatchObject({
      isActive: false,
      deactivatedAt: firstBlockTime + 12n,
    });
    expect(fold(created, off, on, described).only('factoryContracts')).toMatchObject({
      isActive: true,
      deactivatedAt: null,
      metadataUri: 'ipfs://new',
      blockNumber: 1,
      changedBlockNumber: 4,
    });
  });

  test('announced again by its factory is what was said last', () => {
    const again = { ...created, args: { ...created.args, organizationName: 'Harvest Ltd' } };
    expect(fold(created, again).only('factoryContracts').name).toBe('Harvest Ltd');
  });

  test('is of the factory that announced it first, and no other has a say in it', () => {
    const stranger = addressOf('another factory');
    const off = event(
      'ProductFactory',
      'RegistryDeactivated',
      { registryAddress: child, owner },
      { address: stranger },
    );
    const folded = fold(created, { ...created, address: stranger }, off);
    expect(folded.only('factoryContracts')).toMatchObject({
      smartContractAddress: addressOf('ProductFactory'),
      isActive: true,
      changedBlockNumber: null,
    });
    expect(folded.quarantined.map(({ eventName }) => eventName)).toEqual([
      'RegistryCreated',
      'RegistryDeactivated',
    ]);
  });

  test('that nobody announced cannot be switched off', () => {
    const folded = fold(
      event('ComplianceFactory', 'ComplianceContractDeactivated', { complianceAddress: child, owner }),
    );
    expect(folded.rows('factoryContracts')).toEqual([]);
    expect(folded.quarantined).toMatchObject([
      { area: 'administration', reason: expect.stringContaining(child) },
    ]);
    expect(folded.users.size).toBe(0);
  });
});

test('any batches give the same rows', () => {
  expect.hasAssertions();
  const someone = fc.constantFrom(owner, successor, zeroAddress);
  const children = fc.constantFrom(child, addressOf('other child'));
  const factories = fc.constantFrom(addressOf('ProductFactory'), addressOf('another factory'));
  const events = fc.oneof(
    fc
      .tuple(children, factories, someone, fc.string({ unit: 'binary' }))
      .map(([registryAddress, address, by, text]) =>
        event(
          'ProductFactory',
          'RegistryCreated',
          { registryAddress, owner: by, organizationName: text, organizationType: text },
          { address },
        ),
      ),
    fc
      .tuple(children, factories, someone, fc.constantFrom('RegistryDeactivated', 'RegistryReactivated'))
      .map(([registryAddress, address, by, name]) =>
        event('ProductFactory', name, { registryAddress, owner: by }, { address }),
      ),
    fc
      .tuple(children, fc.string({ unit: 'binary' }))
      .map(([complianceAddress, newMetadataURI]) =>
        event('ComplianceFactory', 'ComplianceMetadataUpdated', { complianceAddress, newMetadataURI }),
      ),
    someone.map((account) => event('ProductFactory', 'Paused', { account })),
  );
  expectSameInAnyBatches([administration], blocksOf(events), { numRuns: 50 });
});
