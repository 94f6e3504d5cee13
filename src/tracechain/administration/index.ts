/** Administrative events of all contracts, and the factories with the contracts that they create. */
import { complianceFactory } from './compliance-factory.ts';
import { nftFactory } from './nft-factory.ts';
import { productFactory } from './product-factory.ts';
import { traceAccessControl } from './trace-access-control.ts';

export const name = 'administration';
export const contracts = {
  NFTFactory: nftFactory,
  ProductFactory: productFactory,
  ComplianceFactory: complianceFactory,
  TraceAccessControl: traceAccessControl,
};
export * as tables from './tables.ts';
export { administration as projection } from './projection.ts';
export { administration as audit } from './audit.ts';
