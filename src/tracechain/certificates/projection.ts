/**
 * Certificates: the tokens and their owners, their codes and verifications, and the certifications that they
 * give.
 */
import type { CertificateAnswer, VerificationState } from './contract.ts';
import type { TypedEvent } from '../../engine/contract/events.ts';
import { type Address, zeroAddress } from '../../primitives/hex.ts';
import { leafId, type Uuid } from '../../primitives/ids.ts';
import { appendedEntry } from '../shared/values.ts';
import {
  certificateOf,
  certificationsOf,
  ensureCertificate,
  reconcileCertificate,
} from './certificate-rows.ts';
import { ledgerOnly, on, type Projection, type ObservedRow } from '../../engine/projection/projection.ts';
import { lookup } from '../../engine/projection/lookup.ts';
import type { Entity, Found, RowPatch, Write } from '../../engine/projection/entity.ts';

type Verified = TypedEvent<'NFTCertificate', 'CertificateVerified'>;

/** A certificate's verifications with one timestamp. */
const verificationsAt = lookup('certificateVerifications', ['certificateId', 'verifiedAt']);

export const certificates: Projection = {
  area: 'certificates',
  version: 1,
  tables: ['nftCertificates', 'certificateCodes', 'certificateVerifications', 'productCertifications'],
  lookups: [certificationsOf, verificationsAt],
  handlers: [
    on('NFTCertificate', 'CertificateMinted', {
      entities: (event, load) => certificateOf(event, event.args.tokenId, load),
      apply(event, named, write) {
        reconcileCertificate(event, named, ownership(event.answer, event.args.owner, write), write);
      },
    }),
    on('NFTCertificate', 'Transfer', {
      entities: (event, load) => certificateOf(event, event.args.tokenId, load),
      apply(event, named, write) {
        const { from, to } = event.args;
        write.user(from);
        write.user(to);
        const isMint = from === zeroAddress;
        const changes = {
          // A burned token may be minted again.
          ...(isMint ? { invalidationReason: null } : {}),
          transferredAt: isMint ? null : event.block.timestamp,
          ...ownership(event.answer, to, write),
        };
        reconcileCertificate(event, named, changes, write);
      },
    }),
    on('NFTCertificate', 'CertificateInvalidated', {
      entities: (event, load) => certificateOf(event, event.args.tokenId, load),
      apply(event, named, write) {
        const changes = {
          isValid: event.answer.certificate?.isValid ?? false,
          invalidationReason: event.args.reason,
          ...ownership(event.answer, null, write),
        };
        reconcileCertificate(event, named, changes, write);
      },
    }),
    on('NFTCertificate', 'MetadataUpdate', {
      entities: (event, load) => certificateOf(event, event.args._tokenId, load),
      apply(event, named, write) {
        const { certificate, tokenUri } = event.answer;
        const isUriAllThatIsKnown = certificate === null && tokenUri !== null;
        const changes = {
          ...(isUriAllThatIsKnown ? { metadataUri: tokenUri } : {}),
          ...ownership(event.answer, null, write),
        };
        reconcileCertificate(event, named, changes, write);
      },
    }),
    on('NFTCertificate', 'CertificateVerified', {
      entities(event, load) {
        const named = certificateOf(event, event.args.tokenId, load);
        const earlier = load.many(verificationsAt, [named.certificate.id, event.block.timestamp]);
        return { named, earlier };
      },
      apply(event, { named, earlier }, write) {
        ensureCertificate(event, named, write);
        insertVerification(event, named.certificate.id, earlier, write);
        if (event.args.isValid) useCode(event, named.code, write);
      },
    }),
    ledgerOnly('NFTCertificate', 'Approval'),
    ledgerOnly('NFTCertificate', 'ApprovalForAll'),
  ],
  onObserved: nameStandards,
};

/** The known ownership of the token. `to` is the recipient that the event names; null if it names none. */
function ownership(answer: CertificateAnswer, to: Address | null, write: Write): RowPatch<'nftCertificates'> {
  const owner = answer.isBurned === true ? zeroAddress : (answer.owner ?? to);
  if (owner === null) return {};
  return owner === zeroAddress ? { ownerId: null, isValid: false } : { ownerId: write.user(owner) };
}

function insertVerification(
  event: Verified,
  certificateId: Uuid,
  earlier: Found<'certificateVerifications'>,
  write: Write,
): void {
  const { verifier, verificationMethod, isValid } = event.args;
  const { chainId, timestamp, hash: blockHash } = event.block;
  const { logIndex } = event.log;
  const id = leafId({ chainId, table: 'certificate_verifications', blockHash, logIndex }, timestamp);
  const recorded = recordedVerification(event, earlier.rows().length);
  write.insert('certificateVerifications', id, {
    certificateId,
    verifierId: write.user(verifier),
    verificationMethod,
    isValid,
    additionalData: recorded?.additionalData ?? event.answer.additionalData,
    verifiedAt: timestamp,
  });
}

/**
 * The contract's own record of this verification, after `earlier` ones of its timestamp; null if the history
 * was not read or differs from the event.
 */
function recordedVerification(event: Verified, earlier: number): VerificationState | null {
  const { verifier, verificationMethod, isValid } = event.args;
  const history = event.answer.history ?? [];
  const found = appendedEntry(history, (one) => one.timestamp, event.block.timestamp, earlier)?.entry;
  const isThis =
    found?.verifier === verifier &&
    found.verificationMethod === verificationMethod &&
    found.isValid === isValid;
  return isThis ? found : null;
}

/**
 * The first valid verification uses the code. An omitted code counts as given, because the chain does not
 * distinguish the two.
 */
function useCode(event: Verified, code: Entity<'certificateCodes'>, write: Write): void {
  if (code.row?.isUsed !== false) return;
  const usedBy = write.user(event.args.verifier);
  code.update({ isUsed: true, usedAt: event.block.timestamp, usedBy });
}

/** Makes a row for each of a certificate's standards, by spelling. */
function nameStandards({ table, patch }: ObservedRow, write: Write): void {
  if (table !== 'nftCertificates' || !Array.isArray(patch['complianceStandards'])) return;
  for (const spelling of patch['complianceStandards']) write.standard(String(spelling));
}
