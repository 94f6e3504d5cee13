/**
 * The certifications that a compliance contract's checks give. A product is certified under a standard while
 * the latest check of each of the standard's rules has passed.
 */
import type { ChainEvent } from '../../engine/contract/events.ts';
import type { Address, Hash } from '../../primitives/hex.ts';
import type { Uuid } from '../../primitives/ids.ts';
import { certificationColumns, certificationId } from '../certificates/certification-rows.ts';
import type { Found, Load, Write } from '../../engine/projection/entity.ts';
import { lookup } from '../../engine/projection/lookup.ts';

type ProductEvent = Pick<ChainEvent, 'block' | 'log'> & { readonly args: { readonly productId: bigint } };

/** A product's certifications by one contract. */
export const certificationsOfProduct = lookup('productCertifications', [
  'chainId',
  'smartContractAddress',
  'chainProductId',
]);

/** Names the certifications of an event's product by this contract. */
export function certificationsOf(
  { block, log, args }: ProductEvent,
  load: Load,
): Found<'productCertifications'> {
  return load.many(certificationsOfProduct, [block.chainId, log.address, args.productId]);
}

/** Returns the certification under a standard, or undefined. */
export function certificationUnder(
  certifications: Found<'productCertifications'>,
  standardId: Uuid,
): ReturnType<Found<'productCertifications'>['entities']>[number] | undefined {
  return certifications.entities().find(({ row }) => row.standardId === standardId);
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
  certifications: Found<'productCertifications'>,
  { standardId, ruleKey, passed, auditor }: RuleOutcome,
  write: Write,
): void {
  const known = certificationUnder(certifications, standardId);
  const others = (known?.row.failedRules ?? []).filter((rule) => rule !== ruleKey);
  const failedRules = (passed ? others : [...others, ruleKey]).toSorted();
  const isValid = failedRules.length === 0;
  const standing = { failedRules, isValid };
  // The check that makes the certification valid determines issuer and time of issue.
  const issue = { issuedAt: event.block.timestamp, issuedBy: auditor };
  if (known !== undefined) {
    known.update({ ...standing, ...(isValid && !known.row.isValid ? issue : {}) });
    return;
  }
  const number = `${event.log.address}:${event.args.productId}`;
  const key = { chainProductId: event.args.productId, standardId, number };
  write.insert('productCertifications', certificationId(event, key), {
    ...certificationColumns(key),
    ...(isValid ? issue : { issuedAt: null, issuedBy: null }),
    ...standing,
    expiresAt: null,
    certificateUri: null,
    certificateId: null,
  });
}
