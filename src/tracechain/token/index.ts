/** Balances, movements and vesting of the TraceToken. Staking, payments and rewards handle its events too. */
import { traceToken } from './contract.ts';

export const name = 'token';
export const contracts = { TraceToken: traceToken };
export * as tables from './tables.ts';
export { token as projection } from './projection.ts';
export { token as audit } from './audit.ts';
