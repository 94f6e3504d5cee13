/**
 * Keeps a certificate's rows in sync with its contract's state: the token, its code, and one certification
 * per standard that it names.
 *
 * Any event of a token may be the first one seen: a mint's `Transfer` precedes its `CertificateMinted`, and a
 * burn removes the state by the end of the block. So the first event makes the row, from the state or else
 * from the `CertificateMinted` of the same transaction.
 */
import type { CertificateState } from './contract.ts';
import type { ChainEvent, TypedEvent } from '../../engine/contract/events.ts';
import type { ChainRow } from '../../engine/tables.ts';
import { entityId, type Uuid } from '../../primitives/ids.ts';
import { storable } from '../../primitives/text.ts';
import {
  certificationColumns,
  certificationId,
  type CertificationKey,
  standardIdOf,
} from './certification-rows.ts';
import { EffectError } from '../../engine/projection/shape.ts';
import { lookup, type Wanted } from '../../engine/projection/projection.ts';
import { differs } from '../shared/values.ts';
import type { RowPatch, Rows } from '../../engine/projection/rows.ts';

type Event = Pick<ChainEvent, 'block' | 'log'>;
export type CertificateEvent = Pick<ChainEvent, 'block' | 'log' | 'transaction'>;
type Minted = TypedEvent<'NFTCertificate', 'CertificateMinted'>;
type Certificate = ChainRow<'nftCertificates'>;

/** The certifications that one certificate gives. */
export const certificationsOf = lookup('productCertifications', ['certificateId']);

/**
 * The known values of a certificate at an event: from its state, from its mint in the same transaction, or
 * from both.
 */
export interface Stated {
  readonly state: CertificateState | null;
  readonly mint: Minted | null;
}

/** Returns the known values of a certificate at an event; `answer` takes precedence over the mint. */
export function statedOf(event: CertificateEvent, tokenId: bigint, answer: CertificateState | null): Stated {
  const mint = event.transaction.derive(mintsByToken).get(tokenKey(event, tokenId)) ?? null;
  return { state: answer ?? mint?.answer.certificate ?? null, mint };
}

/** Returns the id of a certificate of the contract that emitted the event. */
export function certificateId(event: Event, tokenId: bigint): Uuid {
  return tokenEntityId(event, 'nft_certificates', tokenId);
}

/** Returns the id of the row of a certificate's code. */
export function codeId(event: Event, tokenId: bigint): Uuid {
  return tokenEntityId(event, 'certificate_codes', tokenId);
}

/** For `touch`: requests every row that the other functions read. */
export function wantCertificate(
  event: CertificateEvent,
  wanted: Wanted,
  tokenId: bigint,
  answer: CertificateState | null,
): void {
  const id = certificateId(event, tokenId);
  wanted.row('nftCertificates', id);
  wanted.row('certificateCodes', codeId(event, tokenId));
  wanted.all(certificationsOf, [id]);
  for (const key of certificationKeys(statedOf(event, tokenId, answer).state))
    wanted.row('productCertifications', certificationId(event, key));
}

/**
 * Makes the certificate's rows if they do not exist. Throws EffectError if neither state nor mint describes
 * the certificate.
 */
export function ensureCertificate(
  event: CertificateEvent,
  rows: Rows,
  tokenId: bigint,
  stated: Stated,
): void {
  if (rows.get('nftCertificates', certificateId(event, tokenId)) === undefined)
    settleCertificate(event, rows, tokenId, stated, {});
}

/**
 * Updates all of a certificate's rows to the stated values. `changes` are the event's own and take
 * precedence; a null state leaves the other columns unchanged. Throws EffectError if there is no row and
 * neither state nor mint describes the certificate.
 */
export function settleCertificate(
  event: CertificateEvent,
  rows: Rows,
  tokenId: bigint,
  stated: Stated,
  changes: RowPatch<'nftCertificates'>,
): void {
  const id = certificateId(event, tokenId);
  const known = rows.get('nftCertificates', id);
  const { state, mint } = stated;
  if (known === undefined && state === null && mint === null)
    throw new EffectError(
      `nothing tells what certificate ${tokenId} is: its mint was never seen and getCertificate gave no answer`,
    );
  const isMintTold = mint !== null && (known === undefined || mint.log.logIndex === event.log.logIndex);
  const patch = {
    ...(isMintTold ? mintValues(rows, mint) : {}),
    ...(state === null ? {} : stateValues(rows, state)),
    ...changes,
  };
  // The mint's log is the origin of the values that it states, although its `Transfer` precedes it.
  const origin = mint ?? event;
  if (known === undefined)
    rows.insert('nftCertificates', { ...unknownCertificate, id, tokenId, ...patch }, origin);
  else if (!isPartOfMaking(event, known) || differs(known, patch)) rows.update('nftCertificates', id, patch);
  const certificate = rows.get('nftCertificates', id);
  if (certificate === undefined) return;
  settleCode(origin, rows, certificate, state?.verificationCode ?? mint?.args.verificationCode ?? null);
  settleCertifications(origin, rows, certificate, state);
}

/** Returns whether an event is not later than the row's origin, so that the row already includes it. */
function isPartOfMaking(event: Event, row: Certificate): boolean {
  return row.blockHash === event.block.hash && event.log.logIndex <= row.logIndex;
}

const unknownCertificate = {
  chainProductId: null,
  ownerId: null,
  certificateType: null,
  metadataUri: null,
  isValid: null,
  invalidationReason: null,
  mintedAt: null,
  minterId: null,
  expiresAt: null,
  transferredAt: null,
  complianceStandards: null,
};

function mintValues(rows: Rows, mint: Minted): RowPatch<'nftCertificates'> {
  const { productId, owner, certificateType } = mint.args;
  const mintedAt = mint.block.timestamp;
  return { chainProductId: productId, certificateType, ownerId: rows.user(owner), isValid: true, mintedAt };
}

function stateValues(rows: Rows, state: CertificateState): RowPatch<'nftCertificates'> {
  const { isValid, mintedAt, minter } = state;
  rows.user(state.firstOwner);
  return {
    chainProductId: state.productId,
    certificateType: state.certificateType,
    metadataUri: state.metadataUri,
    // The contract uses 0 for "never".
    expiresAt: state.expiresAt === 0n ? null : state.expiresAt,
    complianceStandards: [...state.complianceStandards],
    ...(isValid === null ? {} : { isValid }),
    ...(mintedAt === null ? {} : { mintedAt }),
    ...(minter === null ? {} : { minterId: rows.user(minter) }),
  };
}

/** A code that differs from the previous one (the token was minted again) is unused. */
function settleCode(
  origin: Event,
  rows: Rows,
  certificate: Certificate,
  verificationCode: string | null,
): void {
  if (verificationCode === null) return;
  const id = codeId(origin, certificate.tokenId);
  const { expiresAt } = certificate;
  const unused = { isUsed: false, usedAt: null, usedBy: null };
  const known = rows.get('certificateCodes', id);
  if (known === undefined) {
    const values = { verificationCode, expiresAt, ...unused };
    rows.insert('certificateCodes', { id, certificateId: certificate.id, ...values }, origin);
  } else if (known.verificationCode !== storable(verificationCode).text) {
    rows.update('certificateCodes', id, { verificationCode, expiresAt, ...unused });
  } else if (known.expiresAt !== expiresAt) {
    rows.update('certificateCodes', id, { expiresAt });
  }
}

/**
 * Writes one certification per standard that the certificate names, valid while the certificate is.
 * Certifications under standards, codes or products that it no longer names remain, invalid. If no state
 * lists the standards, the previous ones count as unchanged.
 */
function settleCertifications(
  origin: Event,
  rows: Rows,
  certificate: Certificate,
  state: CertificateState | null,
): void {
  const isValid = certificate.isValid === true;
  for (const spelling of state?.complianceStandards ?? []) rows.standard(spelling);
  const values = {
    isValid,
    expiresAt: certificate.expiresAt,
    issuedAt: certificate.mintedAt,
    ...(state === null ? {} : { certificateUri: state.metadataUri }),
    ...(state === null || state.minter === null ? {} : { issuedBy: state.minter }),
  };
  const named = new Set<Uuid>();
  for (const key of certificationKeys(state)) {
    const id = certificationId(origin, key);
    if (named.has(id)) continue;
    named.add(id);
    nameCertification(origin, rows, certificate, key, values);
  }
  for (const { id, ...certification } of rows.all(certificationsOf, [certificate.id])) {
    if (named.has(id)) continue;
    const patch = state === null ? values : { isValid: false };
    if (differs(certification, patch)) rows.update('productCertifications', id, patch);
  }
}

/**
 * Two certificates may have the same code, although a code should be unique. They share one certification
 * row. It belongs to the certificate that has it, for as long as it is valid.
 */
function nameCertification(
  origin: Event,
  rows: Rows,
  { id: certificate }: Certificate,
  key: CertificationKey,
  values: RowPatch<'productCertifications'> & { readonly isValid: boolean },
): void {
  const id = certificationId(origin, key);
  const known = rows.get('productCertifications', id);
  if (known === undefined) {
    const made = {
      ...certificationColumns(key),
      issuedBy: null,
      issuedAt: null,
      expiresAt: null,
      certificateUri: null,
      failedRules: null,
      ...values,
      certificateId: certificate,
      id,
    };
    rows.insert('productCertifications', made, origin);
    return;
  }
  if (known.certificateId !== certificate && known.isValid) return;
  const patch = { ...values, certificateId: certificate };
  if (differs(known, patch)) rows.update('productCertifications', id, patch);
}

function certificationKeys(state: CertificateState | null): CertificationKey[] {
  if (state === null) return [];
  const { productId: chainProductId, verificationCode: number, complianceStandards } = state;
  return complianceStandards.map((spelling) => ({
    chainProductId,
    number,
    standardId: standardIdOf(spelling),
  }));
}

/**
 * Returns the last `CertificateMinted` of each token. Pure, so `TransactionEvents.derive` computes it once
 * per transaction.
 */
function mintsByToken(events: readonly ChainEvent[]): ReadonlyMap<string, Minted> {
  const minted = events.filter(({ kind, name }) => kind === 'NFTCertificate' && name === 'CertificateMinted');
  return new Map(
    (minted as unknown as Minted[]).map((event) => [tokenKey(event, event.args.tokenId), event]),
  );
}

function tokenKey(event: Pick<ChainEvent, 'log'>, tokenId: bigint): string {
  return `${event.log.address} ${tokenId}`;
}

function tokenEntityId(event: Event, table: string, tokenId: bigint): Uuid {
  const { chainId } = event.block;
  return entityId({ chainId, contract: event.log.address, table, number: tokenId });
}
