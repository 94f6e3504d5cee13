/** Products, their stakeholders and checkpoints: what a ProductRegistry tells. */
import { productRegistry } from './contract.ts';

export const name = 'products';
export const contracts = { ProductRegistry: productRegistry };
export * as tables from './tables.ts';
export { products as projection } from './projection.ts';
export { products as audit } from './audit.ts';
