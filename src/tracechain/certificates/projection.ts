/**
 * Certificates: the tokens and their owners, their codes and verifications, and the certifications that they
 * give.
 */
import type { CertificateAnswer, VerificationState } from './contract.ts';
import type { TypedEvent } from '../../engine/contract/events.ts';
import { type Address, zeroAddress } from '../../primitives/hex.ts';
import { leafId } from '../../primitives/ids.ts';
import { appendedEntry } from '../shared/values.ts';
import {
  type CertificateEvent,
  certificateId,
  certificationsOf,
  codeId,
  ensureCertificate,
  settleCertificate,
  statedOf,
  wantCertificate,
} from './certificate-rows.ts';
import {
  ledgerOnly,
  lookup,
  type LookupKey,
  on,
  type Projection,
  type ObservedRow,
} from '../../engine/projection/projection.ts';
import type { RowPatch, Rows } from '../../engine/projection/rows.ts';

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
      touch(event, wanted) {
        wantCertificate(event, wanted, event.args.tokenId, event.answer.certificate);
      },
      apply(event, rows) {
        const { tokenId, owner } = event.args;
        const stated = statedOf(event, tokenId, event.answer.certificate);
        settleCertificate(event, rows, tokenId, stated, ownership(rows, event.answer, owner));
      },
    }),
    on('NFTCertificate', 'Transfer', {
      touch(event, wanted) {
        wantCertificate(event, wanted, event.args.tokenId, event.answer.certificate);
      },
      apply(event, rows) {
        const { tokenId, from, to } = event.args;
        rows.user(from);
        rows.user(to);
        const isMint = from === zeroAddress;
        const stated = statedOf(event, tokenId, event.answer.certificate);
        settleCertificate(event, rows, tokenId, stated, {
          // A burned token may be minted again.
          ...(isMint ? { invalidationReason: null } : {}),
          transferredAt: isMint ? null : event.block.timestamp,
          ...ownership(rows, event.answer, to),
        });
      },
    }),
    on('NFTCertificate', 'CertificateInvalidated', {
      touch(event, wanted) {
        wantCertificate(event, wanted, event.args.tokenId, event.answer.certificate);
      },
      apply(event, rows) {
        const { tokenId, reason } = event.args;
        const stated = statedOf(event, tokenId, event.answer.certificate);
        settleCertificate(event, rows, tokenId, stated, {
          isValid: event.answer.certificate?.isValid ?? false,
          invalidationReason: reason,
          ...ownership(rows, event.answer, null),
        });
      },
    }),
    on('NFTCertificate', 'MetadataUpdate', {
      touch(event, wanted) {
        wantCertificate(event, wanted, event.args._tokenId, event.answer.certificate);
      },
      apply(event, rows) {
        const { _tokenId: tokenId } = event.args;
        const { certificate, tokenUri } = event.answer;
        const isUriAllThatIsKnown = certificate === null && tokenUri !== null;
        settleCertificate(event, rows, tokenId, statedOf(event, tokenId, certificate), {
          ...(isUriAllThatIsKnown ? { metadataUri: tokenUri } : {}),
          ...ownership(rows, event.answer, null),
        });
      },
    }),
    on('NFTCertificate', 'CertificateVerified', {
      touch(event, wanted) {
        wantCertificate(event, wanted, event.args.tokenId, event.answer.certificate);
        wanted.all(verificationsAt, verificationsAtKey(event));
      },
      apply(event, rows) {
        const { tokenId, isValid } = event.args;
        ensureCertificate(event, rows, tokenId, statedOf(event, tokenId, event.answer.certificate));
        insertVerification(event, rows);
        if (isValid) useCode(event, rows);
      },
    }),
    ledgerOnly('NFTCertificate', 'Approval'),
    ledgerOnly('NFTCertificate', 'ApprovalForAll'),
  ],
  onObserved: nameStandards,
};

/** The known ownership of the token. `to` is the recipient that the event names; null if it names none. */
function ownership(rows: Rows, answer: CertificateAnswer, to: Address | null): RowPatch<'nftCertificates'> {
  const owner = answer.isBurned === true ? zeroAddress : (answer.owner ?? to);
  if (owner === null) return {};
  return owner === zeroAddress ? { ownerId: null, isValid: false } : { ownerId: rows.user(owner) };
}

function insertVerification(event: Verified, rows: Rows): void {
  const { tokenId, verifier, verificationMethod, isValid } = event.args;
  const { chainId, timestamp, hash: blockHash } = event.block;
  const { logIndex } = event.log;
  rows.insert('certificateVerifications', {
    id: leafId({ chainId, table: 'certificate_verifications', blockHash, logIndex }, timestamp),
    certificateId: certificateId(event, tokenId),
    verifierId: rows.user(verifier),
    verificationMethod,
    isValid,
    additionalData: recordedVerification(event, rows)?.additionalData ?? event.answer.additionalData,
    verifiedAt: timestamp,
  });
}

/**
 * The contract's own record of this verification; null if the history was not read or differs from the event.
 */
function recordedVerification(event: Verified, rows: Rows): VerificationState | null {
  const { verifier, verificationMethod, isValid } = event.args;
  const earlier = rows.all(verificationsAt, verificationsAtKey(event)).length;
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
function useCode(event: Verified, rows: Rows): void {
  const id = codeId(event, event.args.tokenId);
  if (rows.get('certificateCodes', id)?.isUsed !== false) return;
  const usedBy = rows.user(event.args.verifier);
  rows.update('certificateCodes', id, { isUsed: true, usedAt: event.block.timestamp, usedBy });
}

function verificationsAtKey(event: CertificateEvent & Pick<Verified, 'args'>): LookupKey {
  return [certificateId(event, event.args.tokenId), event.block.timestamp];
}

/** Makes a row for each of a certificate's standards, by spelling. */
function nameStandards({ table, patch }: ObservedRow, rows: Rows): void {
  if (table !== 'nftCertificates' || !Array.isArray(patch['complianceStandards'])) return;
  for (const spelling of patch['complianceStandards']) rows.standard(String(spelling));
}
