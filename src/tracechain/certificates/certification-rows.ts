/**
 * Rows of `product_certifications`: a product's status under one standard, by a certificate or a compliance
 * contract. There is one row per contract, product, standard and number.
 */
import { hash } from 'node:crypto';
import type { ChainEvent } from '../../engine/contract/events.ts';
import { entityId, standardId, type Uuid } from '../../primitives/ids.ts';
import { encodeExact, storable } from '../../primitives/text.ts';

type Event = Pick<ChainEvent, 'block' | 'log'>;

/** The identity of a certification. */
export interface CertificationKey {
  readonly chainProductId: bigint;
  readonly standardId: Uuid;
  /** The exact text, of any length. */
  readonly number: string;
}

/** Returns the id of a certification by the contract that emitted the event. */
export function certificationId(event: Event, key: CertificationKey): Uuid {
  return entityId({
    chainId: event.block.chainId,
    contract: event.log.address,
    table: 'product_certifications',
    number: key.chainProductId,
    parts: [key.standardId, numberDigest(key.number).toString('hex')],
  });
}

/** The columns that identify a certification. */
export function certificationColumns(key: CertificationKey): {
  chainProductId: bigint;
  standardId: Uuid;
  certificationNumber: string;
  certificationNumberDigest: Buffer;
} {
  return {
    chainProductId: key.chainProductId,
    standardId: key.standardId,
    certificationNumber: key.number,
    certificationNumberDigest: numberDigest(key.number),
  };
}

/** Returns the id that `Write.standard` gives for a spelling, without making the standard. */
export function standardIdOf(spelling: string): Uuid {
  return standardId(storable(spelling).text);
}

function numberDigest(number: string): Buffer {
  return hash('sha256', encodeExact(number), 'buffer');
}
