/** Standards, rules, checks and certifications: the events of a ComplianceContract. */
import { complianceContract } from './contract.ts';

export const name = 'compliance';
export const contracts = { ComplianceContract: complianceContract };
export * as tables from './tables.ts';
export { compliance as projection } from './projection.ts';
export { compliance as audit } from './audit.ts';
