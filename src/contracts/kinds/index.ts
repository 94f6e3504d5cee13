/** Every kind of contract that can be indexed, by the name that the configuration uses. */
import type { ContractKind, KindDefinition } from '../kind.ts';
import { complianceContract } from './compliance-contract.ts';
import { complianceFactory } from './compliance-factory.ts';
import { nftCertificate } from './nft-certificate.ts';
import { nftFactory } from './nft-factory.ts';
import { paymentContract } from './payment-contract.ts';
import { productFactory } from './product-factory.ts';
import { productRegistry } from './product-registry.ts';
import { rewardsDistributor } from './rewards-distributor.ts';
import { traceAccessControl } from './trace-access-control.ts';
import { traceToken } from './trace-token.ts';

export const kinds = {
  ProductRegistry: productRegistry,
  NFTCertificate: nftCertificate,
  NFTFactory: nftFactory,
  ProductFactory: productFactory,
  ComplianceFactory: complianceFactory,
  TraceToken: traceToken,
  PaymentContract: paymentContract,
  RewardsDistributor: rewardsDistributor,
  ComplianceContract: complianceContract,
  TraceAccessControl: traceAccessControl,
} as const satisfies Record<ContractKind, KindDefinition>;

declare module '../../engine/register.ts' {
  interface Register {
    contracts: typeof kinds;
  }
}
