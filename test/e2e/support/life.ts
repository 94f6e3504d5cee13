/** Drives the fixtures: the devnet's people first, then what they never do. */
import { callOf } from '../../../src/devnet/activity/action.ts';
import type { Action } from '../../../src/devnet/activity/action.ts';
import { abis, contractAt } from '../../../src/devnet/activity/contracts.ts';
import type { FixtureKind } from '../../../src/devnet/activity/contracts.ts';
import { playHistory } from '../../../src/devnet/activity/history.ts';
import { newProduct } from '../../../src/devnet/activity/wording.ts';
import type { Devnet } from '../../../src/devnet/devnet.ts';
import { toHash } from '../../../src/primitives/hex.ts';
import type { Address } from '../../../src/primitives/hex.ts';
import type { TestDaemon } from '../../support/daemon.ts';

const blockIntervalSeconds = 6 * 3600;

/**
 * Lets nobody mine before these daemons have caught up. Asked for the state at its newest block's hash while it mines the next,
 * anvil answers from the next, which no node with a state for each root does: what is under test must not depend on it.
 */
export function mineNoFasterThan({ player, client }: Devnet, daemons: readonly TestDaemon[]): void {
  const mine = player.mine.bind(player);
  player.mine = async (time) => {
    const head = Number(await client.getBlockNumber());
    await Promise.all(daemons.map(async (daemon) => await daemon.projected(head)));
    await mine(time);
  };
}

/** Weeks of everyday life, several transactions a block. */
export async function live(
  devnet: Devnet,
  options: { readonly moreLogs: number; readonly coversEveryEvent?: boolean },
): Promise<void> {
  const { reverted } = await playHistory({
    ...devnet,
    minimumLogs: devnet.scene.world.logCount + options.moreLogs,
    actionsPerBlock: 24,
    blockIntervalSeconds,
    coversEveryEvent: options.coversEveryEvent ?? false,
    signal: AbortSignal.timeout(50_000),
  });
  if (reverted.length > 0) throw new Error(`${reverted.length} transactions of the activity failed`);
}

/** Sends these in one block. Throws where one of them fails. */
export async function mineBlock({ player, scene }: Devnet, actions: readonly Action[]): Promise<void> {
  const sent = await player.send(actions);
  await player.mine(scene.world.time + BigInt(blockIntervalSeconds));
  const reverted = await player.settle(sent, AbortSignal.timeout(10_000));
  await player.observe();
  if (reverted.length > 0) throw new Error(`failed: ${reverted.map(({ action }) => action.name).join(', ')}`);
}

/** Blocks without anything in them, until what was before them is final. */
export async function mineEmptyBlocks(devnet: Devnet, count: number): Promise<void> {
  for (let block = 0; block < count; block++) await mineBlock(devnet, []);
}

/** The devnet's first contract of a kind, ready to be called. */
export function first<Kind extends FixtureKind>({ scene }: Devnet, kind: Kind) {
  return contractAt(kind, scene.world.contracts.first(kind).address);
}

/** What nobody on the devnet does and what says nothing, followed by something that makes the indexer look again. */
export async function doUnusualThings(devnet: Devnet): Promise<void> {
  const { cast } = devnet.scene;
  const [owner, visitor] = [cast.operator.address, cast.visitor.address];
  const [maker] = cast.makers.map(({ address }) => address) as [Address];
  const registry = first(devnet, 'ProductRegistry');
  const certificates = first(devnet, 'NFTCertificate');
  const token = first(devnet, 'TraceToken');
  const control = first(devnet, 'TraceAccessControl');

  const productId = await nextProductId(devnet);
  const tokenId = await nextTokenId(devnet);
  await mineBlock(devnet, [
    register(devnet, visitor),
    callOf(token, visitor, 'approve', [maker, 5n]),
    callOf(certificates, owner, 'addAuthorizedMinter', [visitor]),
    callOf(certificates, owner, 'setFees', [1000n, 10n]),
    callOf(control, owner, 'grantRole', [someRole, visitor]),
  ]);
  await mineBlock(devnet, [
    callOf(registry, visitor, 'updateMetadataURI', [productId, 'ipfs://silently']),
    callOf(token, maker, 'transferFrom', [visitor, maker, 5n]),
    mint(devnet, visitor, productId, 1000n),
    callOf(control, visitor, 'renounceRole', [someRole, visitor]),
  ]);
  await mineBlock(devnet, [
    callOf(certificates, maker, 'verifyCertificate', [tokenId, 'paid', 'in full'], { valueWei: 10n }),
    callOf(certificates, owner, 'addComplianceStandard', [tokenId, 'ISO-9001']),
    callOf(certificates, owner, 'setFees', [0n, 0n]),
    callOf(certificates, owner, 'removeAuthorizedMinter', [visitor]),
  ]);
  const passing = [visitor, maker, tokenId] as const;
  await mineBlock(devnet, [
    callOf(registry, visitor, 'updateProduct', [productId, 'Renamed', 'food', 0n, [], 'ipfs://aloud']),
    callOf(certificates, visitor, 'safeTransferFrom', passing),
  ]);
  await mineBlock(devnet, [
    callOf(certificates, maker, 'safeTransferFrom', [maker, visitor, tokenId, '0x1234']),
  ]);
}

const someRole = toHash(`0x${'5e'.repeat(32)}`);

/** Entities that change at the very end without a word: their rows must keep what was last said of them. */
export interface SilentlyChanged {
  readonly registry: Address;
  /** Its metadata URI isn't its row's any more. */
  readonly productWithOtherMetadata: bigint;
  /** Inactive, though its row says active. */
  readonly productDeactivated: bigint;
  readonly certificates: Address;
  /** Has a standard more than its row. */
  readonly certificateWithAnotherStandard: bigint;
  readonly nftFactory: Address;
  /** Inactive, though its row says active. */
  readonly instanceDeactivated: bigint;
  readonly paymentContract: Address;
  readonly withdrawnWei: bigint;
}

export async function changeSilently(devnet: Devnet): Promise<SilentlyChanged> {
  const { cast } = devnet.scene;
  const [owner, visitor] = [cast.operator.address, cast.visitor.address];
  const registry = first(devnet, 'ProductRegistry');
  const certificates = first(devnet, 'NFTCertificate');
  const nftFactory = first(devnet, 'NFTFactory');
  const payments = first(devnet, 'PaymentContract');
  const productId = await nextProductId(devnet);
  const tokenId = await nextTokenId(devnet);
  await mineBlock(devnet, [
    register(devnet, visitor),
    register(devnet, visitor),
    mint(devnet, owner, productId),
  ]);
  const withdrawnWei = 3n;
  await mineBlock(devnet, [
    callOf(registry, visitor, 'updateMetadataURI', [productId, 'ipfs://unheard']),
    callOf(registry, visitor, 'deactivateProduct', [productId + 1n]),
    callOf(certificates, owner, 'addComplianceStandard', [tokenId, 'ISO 22000']),
    callOf(nftFactory, owner, 'deactivateInstance', [0n]),
    callOf(payments, owner, 'emergencyWithdraw', [first(devnet, 'TraceToken').address, withdrawnWei]),
  ]);
  return {
    registry: registry.address,
    productWithOtherMetadata: productId,
    productDeactivated: productId + 1n,
    certificates: certificates.address,
    certificateWithAnotherStandard: tokenId,
    nftFactory: nftFactory.address,
    instanceDeactivated: 0n,
    paymentContract: payments.address,
    withdrawnWei,
  };
}

/** Every contract changes hands, and then belongs to nobody. */
export async function giveUpOwnership(devnet: Devnet): Promise<void> {
  const { cast } = devnet.scene;
  const heir = cast.arbiter.address;
  // All ten are Ownable by the same two functions, so that one ABI serves for all.
  const owned = (Object.keys(abis) as FixtureKind[]).map((kind) =>
    contractAt('ProductRegistry', first(devnet, kind).address),
  );
  await mineBlock(
    devnet,
    owned.map((contract) => callOf(contract, cast.operator.address, 'transferOwnership', [heir])),
  );
  await mineBlock(
    devnet,
    owned.map((contract) => callOf(contract, heir, 'renounceOwnership', [])),
  );
}

function register({ scene }: Devnet, maker: Address): Action {
  const { productName, productType, batchNumber, manufactureDate, expiryDate, rawMaterials, metadataURI } =
    newProduct(scene.random, scene.world.time);
  const product = [
    productName,
    productType,
    batchNumber,
    manufactureDate,
    expiryDate,
    rawMaterials,
    metadataURI,
  ] as const;
  return callOf(
    contractAt('ProductRegistry', scene.world.contracts.first('ProductRegistry').address),
    maker,
    'registerProduct',
    product,
  );
}

function mint(devnet: Devnet, minter: Address, productId: bigint, valueWei = 0n): Action {
  const { visitor } = devnet.scene.cast;
  const certificate = [visitor.address, productId, 'Origin', 'ipfs://certificate', ['HACCP'], 0n] as const;
  return callOf(first(devnet, 'NFTCertificate'), minter, 'mintCertificate', certificate, { valueWei });
}

function nextProductId(devnet: Devnet): Promise<bigint> {
  return devnet.client.readContract({ ...first(devnet, 'ProductRegistry'), functionName: 'nextProductId' });
}

function nextTokenId(devnet: Devnet): Promise<bigint> {
  return devnet.client.readContract({ ...first(devnet, 'NFTCertificate'), functionName: 'totalSupply' });
}
