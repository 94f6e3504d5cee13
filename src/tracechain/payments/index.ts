/** Payments with their milestones, disputes and escrow movements: the events of a PaymentContract. */
import { paymentContract } from './contract.ts';

export const name = 'payments';
export const contracts = { PaymentContract: paymentContract };
export * as tables from './tables.ts';
export { payments as projection } from './projection.ts';
export { payments as audit } from './audit.ts';
