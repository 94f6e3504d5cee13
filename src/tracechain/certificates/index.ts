/** Certificates as tokens, and their verifications: the events of an NFTCertificate. */
import { nftCertificate } from './contract.ts';

export const name = 'certificates';
export const contracts = { NFTCertificate: nftCertificate };
export * as tables from './tables.ts';
export { certificates as projection } from './projection.ts';
export { certificates as audit } from './audit.ts';
