/** Every kind of contract that can be indexed, by the name that the configuration uses. */
import type { ContractKind, KindDefinition } from '../engine/contract/kind.ts';
import { complianceContract } from './compliance/contract.ts';
import { complianceFactory } from './administration/compliance-factory.ts';
import { nftCertificate } from './certificates/contract.ts';
import { nftFactory } from './administration/nft-factory.ts';
import { paymentContract } from './payments/contract.ts';
import { productFactory } from './administration/product-factory.ts';
import { productRegistry } from './products/contract.ts';
import { rewardsDistributor } from './rewards/contract.ts';
import { traceAccessControl } from './administration/trace-access-control.ts';
import { traceToken } from './token/contract.ts';

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

declare module '../engine/register.ts' {
  interface Register {
    contracts: typeof kinds;
  }
}
