/**
 * Keeps a certificate's rows in sync with its contract's state: the token, its code, and one certification
 * per standard that it names.
 *
 * Any event of a token may be the first one seen: a mint's `Transfer` precedes its `CertificateMinted`, and a
 * burn removes the state by the end of the block. So the first event makes the row, from the state or else
 * from the `CertificateMinted` of the same transaction.
 */
import type { CertificateAnswer, CertificateState } from './contract.ts';
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
import { lookup } from '../../engine/projection/lookup.ts';
import { differs } from '../shared/values.ts';
import type { Entity, Found, Load, RowPatch, Write } from '../../engine/projection/entity.ts';

type Event = Pick<ChainEvent, 'block' | 'log'>;
export type CertificateEvent = Pick<ChainEvent, 'block' | 'log' | 'transaction'>;
type Minted = TypedEvent<'NFTCertificate', 'CertificateMinted'>;
type Certificate = ChainRow<'nftCertificates'>;

/** The certifications that one certificate gives. */
export const certificationsOf = lookup('productCertifications', ['certificateId']);

/** A certificate at an event: its rows, and its known values from its state and from its mint. */
export interface NamedCertificate {
  readonly tokenId: bigint;
  readonly certificate: Entity<'nftCertificates'>;
  readonly code: Entity<'certificateCodes'>;
  /** The certifications that the certificate gives. */
  readonly given: Found<'productCertifications'>;
  /** The certifications under the standards that the state names. */
  readonly named: readonly NamedCertification[];
  /** From the event's answer, else from that of the mint. */
  readonly state: CertificateState | null;
  /** The mint, if it is in the same transaction. */
  readonly mint: Minted | null;
}

interface NamedCertification {
  readonly key: CertificationKey;
  readonly certification: Entity<'productCertifications'>;
}

/** Names the rows of a certificate of the contract that emitted the event. */
export function certificateOf(
  event: CertificateEvent & { readonly answer: Pick<CertificateAnswer, 'certificate'> },
  tokenId: bigint,
  load: Load,
): NamedCertificate {
  const mint = event.transaction.derive(mintsByToken).get(tokenKey(event, tokenId)) ?? null;
  const state = event.answer.certificate ?? mint?.answer.certificate ?? null;
  const certificate = load.one('nftCertificates', tokenEntityId(event, 'nft_certificates', tokenId));
  return {
    tokenId,
    certificate,
    code: load.one('certificateCodes', tokenEntityId(event, 'certificate_codes', tokenId)),
    given: load.many(certificationsOf, [certificate.id]),
    named: certificationKeys(state).map((key) => ({
      key,
      certification: load.one('productCertifications', certificationId(event, key)),
    })),
    state,
    mint,
  };
}

/**
 * Makes the certificate's rows if they do not exist. Throws EffectError if neither state nor mint describes
 * the certificate.
 */
export function ensureCertificate(event: CertificateEvent, named: NamedCertificate, write: Write): void {
  if (named.certificate.row === undefined) reconcileCertificate(event, named, {}, write);
}

/**
 * Updates all of a certificate's rows to the known values. `changes` are the event's own and take
 * precedence; a null state leaves the other columns unchanged. Throws EffectError if there is no row and
 * neither state nor mint describes the certificate.
 */
export function reconcileCertificate(
  event: CertificateEvent,
  named: NamedCertificate,
  changes: RowPatch<'nftCertificates'>,
  write: Write,
): void {
  const { certificate, tokenId, state, mint } = named;
  const known = certificate.row;
  if (known === undefined && state === null && mint === null)
    throw new EffectError(
      `nothing tells what certificate ${tokenId} is: its mint was never seen and getCertificate gave no answer`,
    );
  const isMintDue = mint !== null && (known === undefined || mint.log.logIndex === event.log.logIndex);
  const patch = {
    ...(isMintDue ? mintValues(mint, write) : {}),
    ...(state === null ? {} : stateValues(state, write)),
    ...changes,
  };
  // The mint's log is the origin of the values that it states, although its `Transfer` precedes it.
  const origin = mint ?? event;
  let row = known;
  if (known === undefined) row = certificate.insert({ ...unknownCertificate, tokenId, ...patch }, origin);
  else if (!isPartOfMaking(event, known) || differs(known, patch)) row = certificate.update(patch);
  if (row === undefined) return;
  reconcileCode(origin, named, row);
  reconcileCertifications(origin, named, row, write);
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

function mintValues(mint: Minted, write: Write): RowPatch<'nftCertificates'> {
  const { productId, owner, certificateType } = mint.args;
  const mintedAt = mint.block.timestamp;
  return { chainProductId: productId, certificateType, ownerId: write.user(owner), isValid: true, mintedAt };
}

function stateValues(state: CertificateState, write: Write): RowPatch<'nftCertificates'> {
  const { isValid, mintedAt, minter } = state;
  write.user(state.firstOwner);
  return {
    chainProductId: state.productId,
    certificateType: state.certificateType,
    metadataUri: state.metadataUri,
    // The contract uses 0 for "never".
    expiresAt: state.expiresAt === 0n ? null : state.expiresAt,
    complianceStandards: [...state.complianceStandards],
    ...(isValid === null ? {} : { isValid }),
    ...(mintedAt === null ? {} : { mintedAt }),
    ...(minter === null ? {} : { minterId: write.user(minter) }),
  };
}

/** A code that differs from the previous one (the token was minted again) is unused. */
function reconcileCode(
  origin: Event,
  { code, state, mint }: NamedCertificate,
  certificate: Certificate,
): void {
  const verificationCode = state?.verificationCode ?? mint?.args.verificationCode ?? null;
  if (verificationCode === null) return;
  const { expiresAt } = certificate;
  const unused = { isUsed: false, usedAt: null, usedBy: null };
  const values = { verificationCode, expiresAt, ...unused };
  if (code.row === undefined) code.insert({ certificateId: certificate.id, ...values }, origin);
  else if (code.row.verificationCode !== storable(verificationCode).text) code.update(values);
  else if (code.row.expiresAt !== expiresAt) code.update({ expiresAt });
}

/**
 * Writes one certification per standard that the certificate names, valid while the certificate is.
 * Certifications under standards, codes or products that it no longer names remain, invalid. If no state
 * lists the standards, the previous ones count as unchanged.
 */
function reconcileCertifications(
  origin: Event,
  { state, named, given }: NamedCertificate,
  certificate: Certificate,
  write: Write,
): void {
  for (const spelling of state?.complianceStandards ?? []) write.standard(spelling);
  const values = {
    isValid: certificate.isValid === true,
    expiresAt: certificate.expiresAt,
    issuedAt: certificate.mintedAt,
    ...(state === null ? {} : { certificateUri: state.metadataUri }),
    ...(state === null || state.minter === null ? {} : { issuedBy: state.minter }),
  };
  const done = new Set<Uuid>();
  for (const one of named) {
    if (done.has(one.certification.id)) continue;
    done.add(one.certification.id);
    reconcileCertification(origin, one, certificate, values);
  }
  for (const certification of given.entities()) {
    if (done.has(certification.id)) continue;
    const patch = state === null ? values : { isValid: false };
    if (differs(certification.row, patch)) certification.update(patch);
  }
}

/**
 * Two certificates may have the same code, although a code should be unique. They share one certification
 * row. It belongs to the certificate that has it, for as long as it is valid.
 */
function reconcileCertification(
  origin: Event,
  { key, certification }: NamedCertification,
  { id: certificateId }: Certificate,
  values: RowPatch<'productCertifications'> & { readonly isValid: boolean },
): void {
  const known = certification.row;
  const patch = { ...values, certificateId };
  if (known === undefined) {
    certification.insert({ ...certificationColumns(key), ...unknownCertification, ...patch }, origin);
    return;
  }
  if (known.certificateId !== certificateId && known.isValid) return;
  if (differs(known, patch)) certification.update(patch);
}

const unknownCertification = {
  issuedBy: null,
  issuedAt: null,
  expiresAt: null,
  certificateUri: null,
  failedRules: null,
};

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
