/**
 * The certifications that a compliance contract's checks give. A product is certified under a standard while
 * the latest check of each of the standard's rules has passed.
 */
import type { ChainEvent } from '../../engine/contract/events.ts';
import type { ChainRow } from '../../engine/tables.ts';
import type { Address, Hash } from '../../primitives/hex.ts';
import type { Uuid } from '../../primitives/ids.ts';
import { certificationColumns, certificationId } from '../certificates/certification-rows.ts';
import { lookup, type LookupKey } from '../../engine/projection/projection.ts';
import type { Rows } from '../../engine/projection/rows.ts';

type ProductEvent = Pick<ChainEvent, 'block' | 'log'> & { readonly args: { readonly productId: bigint } };

/** A product's certifications by one contract. */
export const certificationsOfProduct = lookup('productCertifications', [
  'chainId',
  'smartContractAddress',
  'chainProductId',
]);

/** Returns the key of `certificationsOfProduct`. */
export function certificationsKey(event: ProductEvent): LookupKey {
  return [event.block.chainId, event.log.address, event.args.productId];
}

/**
 * Returns the product's certification under a standard by this contract, or undefined. The handler must have
 * requested `certificationsOfProduct`.
 */
export function certificationUnder(
  event: ProductEvent,
  rows: Rows,
  standardId: Uuid,
): ChainRow<'productCertifications'> | undefined {
  return rows
    .all(certificationsOfProduct, certificationsKey(event))
    .find((certification) => certification.standardId === standardId);
}

export interface RuleOutcome {
  readonly standardId: Uuid;
  readonly ruleKey: Hash;
  readonly passed: boolean;
  readonly auditor: Address | null;
}

/** Applies the outcome of a check, which is the latest of its rule. */
export function certifyChecked(
  event: ProductEvent,
  rows: Rows,
  { standardId, ruleKey, passed, auditor }: RuleOutcome,
): void {
  const known = certificationUnder(event, rows, standardId);
  const others = (known?.failedRules ?? []).filter((rule) => rule !== ruleKey);
  const failedRules = (passed ? others : [...others, ruleKey]).toSorted();
  const isValid = failedRules.length === 0;
  const standing = { failedRules, isValid };
  // The check that makes the certification valid determines issuer and time of issue.
  const issue = { issuedAt: event.block.timestamp, issuedBy: auditor };
  if (known !== undefined) {
    rows.update('productCertifications', known.id, {
      ...standing,
      ...(isValid && !known.isValid ? issue : {}),
    });
    return;
  }
  const number = `${event.log.address}:${event.args.productId}`;
  const key = { chainProductId: event.args.productId, standardId, number };
  rows.insert('productCertifications', {
    ...certificationColumns(key),
    id: certificationId(event, key),
    ...(isValid ? issue : { issuedAt: null, issuedBy: null }),
    ...standing,
    expiresAt: null,
    certificateUri: null,
    certificateId: null,
  });
}
