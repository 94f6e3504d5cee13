/** Certificates: ERC-721 tokens that name a product, and their verifications. */
import { nftCertificateAbi as abi } from '../../../abis/index.ts';
import type { ReadRequest, ReadResult } from '../../engine/rpc/types.ts';
import type { Address } from '../../primitives/hex.ts';
import type { CallResult } from '../../engine/contract/abi/types.ts';
import { askDirectCall, directCallReader } from '../../engine/contract/calldata.ts';
import { defineKind, type KindEvent } from '../../engine/contract/kind.ts';
import type { ReadPlan } from '../../engine/contract/read-plan.ts';
import { isUnavailable, recordViewOf, viewOf, type AnswerSource } from '../../engine/contract/views.ts';

/**
 * A certificate as `getCertificate` returns it. A field is null if calldata replaces the read and lacks the
 * field.
 */
export interface CertificateState {
  readonly productId: bigint;
  /** The recipient of the mint; it never changes. */
  readonly firstOwner: Address;
  readonly certificateType: string;
  readonly verificationCode: string;
  readonly metadataUri: string;
  readonly isValid: boolean | null;
  /** Unix seconds, as all times in this file. */
  readonly mintedAt: bigint | null;
  readonly expiresAt: bigint;
  readonly minter: Address | null;
  readonly complianceStandards: readonly string[];
}

export interface CertificateAnswer {
  readonly source: AnswerSource;
  readonly certificate: CertificateState | null;
  /** The owner by `ownerOf`. */
  readonly owner: Address | null;
  /**
   * Whether `ownerOf` reverted, which in ERC-721 means that the token has no owner; null if the read had no
   * answer.
   */
  readonly isBurned: boolean | null;
  readonly tokenUri: string | null;
}

export interface VerificationState {
  readonly timestamp: bigint;
  readonly verifier: Address;
  readonly verificationMethod: string;
  readonly isValid: boolean;
  readonly additionalData: string;
}

export interface VerificationAnswer {
  readonly source: AnswerSource;
  /** All of the certificate's verifications, in order; the contract has no getter of a single one. */
  readonly history: readonly VerificationState[] | null;
  readonly certificate: CertificateState | null;
  /** The data in this verification's call, if calldata replaces the history. */
  readonly additionalData: string | null;
}

const getCertificate = recordViewOf(abi, 'getCertificate');
const getVerificationHistory = viewOf(abi, 'getVerificationHistory');
const ownerOf = viewOf(abi, 'ownerOf');
const tokenUri = viewOf(abi, 'tokenURI');
const readDirectCall = directCallReader(abi);

export const nftCertificate = defineKind({
  abi,
  registryKey: 'registry',
  reads: {
    CertificateMinted: readMinted,
    CertificateInvalidated: (event: KindEvent<typeof abi, 'CertificateInvalidated'>) =>
      readCertificate(event.log.address, event.args.tokenId),
    Transfer: (event: KindEvent<typeof abi, 'Transfer'>) =>
      readCertificate(event.log.address, event.args.tokenId),
    MetadataUpdate: ({ log, args: { _tokenId: tokenId } }: KindEvent<typeof abi, 'MetadataUpdate'>) =>
      readCertificate(log.address, tokenId),
    CertificateVerified: readVerified,
  },
});

function* readMinted(event: KindEvent<typeof abi, 'CertificateMinted'>): ReadPlan<CertificateAnswer> {
  const { tokenId, productId, owner, certificateType, verificationCode } = event.args;
  const results = yield certificateRequests(event.log.address, tokenId);
  const answer = certificateAnswer(results);
  if (!isUnavailable(results[0])) return answer;
  const direct = yield* askDirectCall(event, readDirectCall);
  if (direct?.call?.name !== 'mintCertificate') return answer;
  const [to, calledProductId, calledType, metadataUri, complianceStandards, expiresAt] = direct.call.args;
  if (to !== owner || calledProductId !== productId || calledType !== certificateType) return answer;
  const written = { productId, firstOwner: owner, certificateType, verificationCode, metadataUri, expiresAt };
  return {
    ...answer,
    source: 'calldata',
    certificate: { ...written, complianceStandards, minter: direct.from, isValid: null, mintedAt: null },
  };
}

/**
 * The three reads are the same for every event of one token, so a block with several such events reads once.
 */
function* readCertificate(target: Address, tokenId: bigint): ReadPlan<CertificateAnswer> {
  return certificateAnswer(yield certificateRequests(target, tokenId));
}

function* readVerified(event: KindEvent<typeof abi, 'CertificateVerified'>): ReadPlan<VerificationAnswer> {
  const { tokenId, verificationMethod } = event.args;
  const [historyResult, certificateResult] = yield [
    getVerificationHistory.request(event.log.address, [tokenId]),
    getCertificate.request(event.log.address, [tokenId]),
  ];
  const history = getVerificationHistory.valueOf(historyResult);
  const certificate = certificateState(getCertificate.valueOf(certificateResult));
  if (!isUnavailable(historyResult)) {
    return { source: history === null ? 'none' : 'state', history, certificate, additionalData: null };
  }
  const call = (yield* askDirectCall(event, readDirectCall))?.call;
  const isThis =
    (call?.name === 'verifyCertificate' && call.args[0] === tokenId) || call?.name === 'verifyByCode';
  if (!isThis || call.args[1] !== verificationMethod) {
    return { source: 'none', history: null, certificate, additionalData: null };
  }
  return { source: 'calldata', history: null, certificate, additionalData: call.args[2] };
}

function certificateRequests(target: Address, tokenId: bigint): readonly ReadRequest[] {
  return [getCertificate, ownerOf, tokenUri].map((view) => view.request(target, [tokenId]));
}

function certificateAnswer(results: readonly ReadResult[]): CertificateAnswer {
  const [certificateResult, ownerResult, uriResult] = results;
  const certificate = certificateState(getCertificate.valueOf(certificateResult));
  const owner = ownerOf.valueOf(ownerResult);
  return {
    source: certificate === null ? 'none' : 'state',
    certificate,
    owner,
    isBurned: owner === null ? (ownerResult?.status === 'reverted' ? true : null) : false,
    tokenUri: tokenUri.valueOf(uriResult),
  };
}

function certificateState(values: CallResult<typeof abi, 'getCertificate'> | null): CertificateState | null {
  if (values === null) return null;
  const [productId, firstOwner, certificateType, verificationCode, metadataUri, ...rest] = values;
  const [isValid, mintedAt, expiresAt, minter, complianceStandards] = rest;
  const what = { productId, firstOwner, certificateType, verificationCode, metadataUri };
  return { ...what, isValid, mintedAt, expiresAt, minter, complianceStandards };
}
