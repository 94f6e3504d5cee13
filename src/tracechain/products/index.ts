/** Products, their stakeholders and checkpoints: the events of a ProductRegistry. */
import { productRegistry } from './contract.ts';

export const name = 'products';
export const contracts = { ProductRegistry: productRegistry };
export * as tables from './tables.ts';
export { products as projection } from './projection.ts';
export { products as audit } from './audit.ts';
