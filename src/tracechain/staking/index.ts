/** Stakes at the TraceToken, whose contract belongs to the area token. */
export const name = 'staking';
export const contracts = {};
export * as tables from './tables.ts';
export { staking as projection } from './projection.ts';
export { staking as audit } from './audit.ts';
