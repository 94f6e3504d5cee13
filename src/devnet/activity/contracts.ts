/** The fixture contracts that the activity calls and observes. */
import type { ContractEventName } from 'viem';
import {
  complianceContractAbi,
  complianceFactoryAbi,
  nftCertificateAbi,
  nftFactoryAbi,
  paymentContractAbi,
  productFactoryAbi,
  productRegistryAbi,
  rewardsDistributorAbi,
  traceAccessControlAbi,
  traceTokenAbi,
} from '../../../abis/index.ts';
import type { FixtureAddresses } from '../../../contracts-fixtures/deploy.ts';
import type { ContractKind } from '../../engine/contract/kind.ts';
import type { Address } from '../../primitives/hex.ts';

export const abis = {
  ProductRegistry: productRegistryAbi,
  NFTCertificate: nftCertificateAbi,
  NFTFactory: nftFactoryAbi,
  ProductFactory: productFactoryAbi,
  ComplianceFactory: complianceFactoryAbi,
  TraceToken: traceTokenAbi,
  PaymentContract: paymentContractAbi,
  RewardsDistributor: rewardsDistributorAbi,
  ComplianceContract: complianceContractAbi,
  TraceAccessControl: traceAccessControlAbi,
} as const satisfies Partial<Record<ContractKind, unknown>>;

/** The kinds on the devnet, which need not be all indexable kinds. */
export type FixtureKind = keyof typeof abis;

type KindEventKey<Kind extends FixtureKind> = `${Kind}.${ContractEventName<(typeof abis)[Kind]>}`;

/** An event of a kind of contract, such as `TraceToken.Transfer`. */
export type EventKey = { [Kind in FixtureKind]: KindEventKey<Kind> }[FixtureKind];

/** Events that a contract's ABI inherits and no function of it can emit. */
const unemittableEvents: ReadonlySet<EventKey> = new Set<EventKey>([
  // ERC-4906 declares it with MetadataUpdate; OpenZeppelin's ERC721URIStorage never emits it.
  'NFTCertificate.BatchMetadataUpdate',
]);

/** Every event that the ten contracts can emit. */
export function coverableEvents(): EventKey[] {
  const keys = Object.entries(abis).flatMap(([kind, abi]) =>
    abi.flatMap((entry) => (entry.type === 'event' ? [`${kind}.${entry.name}` as EventKey] : [])),
  );
  return keys.filter((key) => !unemittableEvents.has(key));
}

export const kindOfFixture = {
  productRegistry: 'ProductRegistry',
  nftCertificate: 'NFTCertificate',
  nftFactory: 'NFTFactory',
  productFactory: 'ProductFactory',
  complianceFactory: 'ComplianceFactory',
  traceToken: 'TraceToken',
  paymentContract: 'PaymentContract',
  rewardsDistributor: 'RewardsDistributor',
  complianceContract: 'ComplianceContract',
  traceAccessControl: 'TraceAccessControl',
} as const satisfies Record<keyof FixtureAddresses, FixtureKind>;

/** A contract of a kind, ready to be called. */
export function contractAt<Kind extends FixtureKind>(
  kind: Kind,
  address: Address,
): { readonly abi: (typeof abis)[Kind]; readonly address: Address } {
  return { abi: abis[kind], address };
}
