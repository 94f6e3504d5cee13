/** What the deployed registries, certificates and factories do and their interface alone doesn't show: the fixtures do the same. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as abis from '../../abis/index.ts';
import { toAddress } from '../../src/primitives/hex.ts';
import { argumentsOf, callTo, silentSuccess, startFixtureChain } from './fixture-chain.ts';
import type { FixtureChain, Outcome } from './fixture-chain.ts';

let chain: FixtureChain;
beforeAll(async () => {
  chain = await startFixtureChain();
});
afterAll(async () => {
  await chain.stop();
});

const product = (batchNumber: string) =>
  ['Coffee', 'food', batchNumber, 1n, 2n, ['beans'], 'ipfs://coffee'] as const;

/** Registers as Alice. */
async function registerProduct(batchNumber: string): Promise<{ productId: bigint; outcome: Outcome }> {
  const registry = { address: chain.addresses.productRegistry, abi: abis.productRegistryAbi } as const;
  const productId = await chain.publicClient.readContract({ ...registry, functionName: 'nextProductId' });
  const outcome = await chain.transact(
    chain.alice,
    callTo(registry.address, registry.abi, 'registerProduct', product(batchNumber)),
  );
  return { productId, outcome };
}

describe('ProductRegistry', () => {
  const abi = abis.productRegistryAbi;
  const read = () => ({ address: chain.addresses.productRegistry, abi }) as const;

  it('emits the first checkpoint before the registration, and starts at 1', async () => {
    const { productId, outcome } = await registerProduct('first');
    expect(outcome.events).toEqual(['CheckpointAdded', 'ProductRegistered']);
    expect(productId).toBe(1n);
    expect(argumentsOf(outcome.logs[0])).toMatchObject({ productId: 1n, checkpointIndex: 0n });
  });

  it('registers a batch one product after the other', async () => {
    const inputs = ['batch a', 'batch b'].map((batchNumber) => ({
      productName: 'Tea',
      productType: 'food',
      batchNumber,
      manufactureDate: 1n,
      expiryDate: 2n,
      rawMaterials: [],
      metadataURI: '',
    }));
    const outcome = await chain.transact(
      chain.alice,
      callTo(read().address, abi, 'batchRegisterProducts', [inputs]),
    );
    expect(outcome.events).toEqual([
      'CheckpointAdded',
      'ProductRegistered',
      'CheckpointAdded',
      'ProductRegistered',
    ]);
  });

  it('deactivates and changes the metadata URI without a log', async () => {
    const { productId } = await registerProduct('silent');
    expect(
      await chain.transact(
        chain.alice,
        callTo(read().address, abi, 'updateMetadataURI', [productId, 'ipfs://new']),
      ),
    ).toEqual(silentSuccess);
    expect(
      await chain.transact(chain.alice, callTo(read().address, abi, 'deactivateProduct', [productId])),
    ).toEqual(silentSuccess);
    const changed = await chain.publicClient.readContract({
      ...read(),
      functionName: 'getProduct',
      args: [productId],
    });
    expect(changed).toMatchObject({ metadataURI: 'ipfs://new', isActive: false });
  });

  it('lets stakeholders add checkpoints, and nobody else', async () => {
    const { productId } = await registerProduct('stakeholders');
    const checkpoint = callTo(read().address, abi, 'addCheckpoint', [productId, 'shipped', 'Kigali', '']);
    expect((await chain.transact(chain.bob, checkpoint)).status).toBe('reverted');
    const bob = callTo(read().address, abi, 'addStakeholder', [productId, chain.bob.address]);
    expect((await chain.transact(chain.alice, bob)).events).toEqual(['StakeholderAdded']);
    expect((await chain.transact(chain.bob, checkpoint)).events).toEqual(['CheckpointAdded']);
    const gone = callTo(read().address, abi, 'removeStakeholder', [productId, chain.bob.address]);
    expect((await chain.transact(chain.alice, gone)).events).toEqual(['StakeholderRemoved']);
    const { stakeholders } = await chain.publicClient.readContract({
      ...read(),
      functionName: 'getProduct',
      args: [productId],
    });
    expect(stakeholders).toEqual([chain.alice.address]);
  });

  it('reverts for an unknown product', async () => {
    const unknown = chain.publicClient.readContract({ ...read(), functionName: 'getProduct', args: [999n] });
    await expect(unknown).rejects.toThrow('UnknownProduct');
  });
});

describe('NFTCertificate', () => {
  const abi = abis.nftCertificateAbi;
  const read = () => ({ address: chain.addresses.nftCertificate, abi }) as const;

  it('mints from token 0, Transfer first, for products that nobody registered', async () => {
    const mint = callTo(read().address, abi, 'mintCertificate', [
      chain.alice.address,
      424_242n,
      'organic',
      'ipfs://certificate',
      ['ISO-22000'],
      0n,
    ]);
    const outcome = await chain.transact(chain.owner, mint);
    expect(outcome.events).toEqual(['Transfer', 'MetadataUpdate', 'CertificateMinted']);
    expect(argumentsOf(outcome.logs[2])).toMatchObject({ tokenId: 0n, productId: 424_242n });
  });

  it('keeps naming the first owner after a transfer', async () => {
    const transfer = callTo(read().address, abi, 'transferFrom', [
      chain.alice.address,
      chain.bob.address,
      0n,
    ]);
    expect((await chain.transact(chain.alice, transfer)).events).toEqual(['Transfer']);
    const certificate = await chain.publicClient.readContract({
      ...read(),
      functionName: 'getCertificate',
      args: [0n],
    });
    expect(certificate[1]).toBe(chain.alice.address);
    const owner = await chain.publicClient.readContract({ ...read(), functionName: 'ownerOf', args: [0n] });
    expect(owner).toBe(chain.bob.address);
  });

  it('changes minters and standards without a log', async () => {
    expect(
      await chain.transact(chain.owner, callTo(read().address, abi, 'addComplianceStandard', [0n, 'HACCP'])),
    ).toEqual(silentSuccess);
    expect(
      await chain.transact(
        chain.owner,
        callTo(read().address, abi, 'addAuthorizedMinter', [chain.bob.address]),
      ),
    ).toEqual(silentSuccess);
    expect(
      await chain.transact(
        chain.owner,
        callTo(read().address, abi, 'removeAuthorizedMinter', [chain.bob.address]),
      ),
    ).toEqual(silentSuccess);
  });

  it('verifies by the code that its mint announced', async () => {
    const certificate = await chain.publicClient.readContract({
      ...read(),
      functionName: 'getCertificate',
      args: [0n],
    });
    const verify = callTo(read().address, abi, 'verifyByCode', [certificate[3], 'qr', '']);
    const outcome = await chain.transact(chain.alice, verify);
    expect(argumentsOf(outcome.logs[0])).toMatchObject({
      tokenId: 0n,
      isValid: true,
      verificationMethod: 'qr',
    });
  });
});

describe('factories', () => {
  it.each([
    {
      name: 'ProductFactory',
      announcement: 'RegistryCreated',
      deployment: () =>
        callTo(chain.addresses.productFactory, abis.productFactoryAbi, 'deployRegistry', [
          'Acme',
          'farm',
          '',
        ]),
    },
    {
      name: 'NFTFactory',
      announcement: 'NFTCertificateDeployed',
      deployment: () =>
        callTo(chain.addresses.nftFactory, abis.nftFactoryAbi, 'deployNFTCertificate', ['Acme', 'ACM', '']),
    },
    {
      name: 'ComplianceFactory',
      announcement: 'ComplianceContractCreated',
      deployment: () =>
        callTo(chain.addresses.complianceFactory, abis.complianceFactoryAbi, 'deployComplianceContract', [
          chain.addresses.productRegistry,
          chain.addresses.nftCertificate,
          chain.addresses.traceToken,
          'food',
          'Acme',
          '',
        ]),
    },
  ])(
    '$name announces a child after its first log, and the caller owns it',
    async ({ announcement, deployment }) => {
      const outcome = await chain.transact(chain.alice, deployment());
      expect(outcome.events).toEqual(['OwnershipTransferred', announcement]);
      expect(argumentsOf(outcome.logs[0])).toMatchObject({ newOwner: chain.alice.address });
      const child = outcome.logs[0]?.address ?? '';
      expect(outcome.logs[1]?.topics).toContain(`0x${child.slice(2).toLowerCase().padStart(64, '0')}`);
      const pause = callTo(toAddress(child), abis.productRegistryAbi, 'pause', []);
      expect((await chain.transact(chain.alice, pause)).events).toEqual(['Paused']);
    },
  );

  it('deactivates a certificate contract without a log', async () => {
    const { nftFactory } = chain.addresses;
    expect(
      await chain.transact(chain.alice, callTo(nftFactory, abis.nftFactoryAbi, 'deactivateInstance', [0n])),
    ).toEqual(silentSuccess);
  });
});
