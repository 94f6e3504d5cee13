/**
 * Audits certificates, their owners, their codes and verifications, and the certifications that they give.
 */
import { hash } from 'node:crypto';
import { nftCertificateAbi as abi } from '../../../abis/index.ts';
import type { CallResult } from '../../engine/contract/abi/types.ts';
import type { IndexedContract } from '../../engine/contract/kind.ts';
import type { ReadPlan } from '../../engine/contract/read-plan.ts';
import { recordViewOf, viewOf } from '../../engine/contract/views.ts';
import { type Address, zeroAddress } from '../../primitives/hex.ts';
import { entityId, standardId, type Uuid } from '../../primitives/ids.ts';
import { encodeExact } from '../../primitives/text.ts';
import { areaAudit } from '../../engine/audit/expectations/area-audit.ts';
import {
  type Expectation,
  type EntityQuestion,
  entityKind,
  type RowContext,
} from '../../engine/audit/expectations/entity-kind.ts';
import {
  instant,
  optionalInstant,
  text,
  texts,
  user,
} from '../../engine/audit/expectations/column-values.ts';
import type {
  InvariantAnswer,
  InvariantQuestion,
  SourceOf,
} from '../../engine/audit/expectations/invariants.ts';
import { elementsOfCount } from '../../engine/audit/expectations/lists.ts';

type Question = EntityQuestion<bigint>;
type Verification = CallResult<typeof abi, 'getVerificationHistory'>[number];

interface Certificate {
  readonly productId: bigint;
  readonly certificateType: string;
  readonly verificationCode: string;
  readonly metadataUri: string;
  readonly isValid: boolean;
  readonly mintedAt: bigint;
  readonly expiresAt: bigint;
  readonly minter: Address;
  readonly complianceStandards: readonly string[];
}

const getCertificate = recordViewOf(abi, 'getCertificate');
const getVerificationHistory = viewOf(abi, 'getVerificationHistory');
const ownerOf = viewOf(abi, 'ownerOf');
const totalSupply = viewOf(abi, 'totalSupply');
const tokenByIndex = viewOf(abi, 'tokenByIndex');

const certificateEntities = entityKind<bigint>({
  name: 'certificate',
  kind: 'NFTCertificate',
  countedIn: 'nftCertificates',
  *listed({ address, answerOf }) {
    const [result] = yield [totalSupply.request(address, [])];
    const supply = answerOf(totalSupply, result);
    return supply === null ? null : yield* elementsOfCount(tokenByIndex, { address, answerOf }, supply);
  },
  told: ({ kind, args }) => {
    const token = args['tokenId'] ?? args['_tokenId'];
    return kind === 'NFTCertificate' && typeof token === 'bigint' ? [token] : [];
  },
  rows: {
    nftCertificates: (row) => row['tokenId'] as bigint,
    certificateCodes: ofCertificate,
    certificateVerifications: ofCertificate,
    productCertifications: ofCertificate,
  },
  read: readCertificate,
});

export const certificates = areaAudit('certificates', {
  tables: {
    nftCertificates: [certificateEntities],
    certificateCodes: [certificateEntities],
    certificateVerifications: [certificateEntities],
    // The compliance area’s checked products state those that checks give.
    productCertifications: [certificateEntities],
  },
  invariants: [
    {
      name: 'every certificate’s owner is a user',
      kind: 'NFTCertificate',
      table: 'nftCertificates',
      measure: ownerless,
      check: ownersAreUsers,
    },
  ],
});

/** Certificates whose owner is no user. */
function ownerless(source: SourceOf): string {
  return `select certificate.smart_contract_address as address, count(*)::text as amount
     from ${source('nftCertificates')} as certificate
     left join public.users on users.id = certificate.owner_id
     where certificate.chain_id = $1 and certificate.owner_id is not null and users.id is null
     group by certificate.smart_contract_address`;
}

function ownersAreUsers({ measured }: InvariantQuestion): InvariantAnswer {
  const count = Number(measured ?? 0);
  return {
    holds: count === 0,
    detail: count === 0 ? 'all are' : `${count} certificates are owned by nobody among the users`,
    chainValue: null,
    databaseValue: count.toString(),
  };
}

function ofCertificate(row: Readonly<Record<string, unknown>>, { reference }: RowContext): bigint | null {
  const id = row['certificateId'] as Uuid | null;
  const certificate = id === null ? undefined : reference.row('nftCertificates', id);
  return certificate === undefined ? null : (certificate['tokenId'] as bigint);
}

function* readCertificate(question: Question): ReadPlan<readonly Expectation[]> {
  const { contract, key, answerOf } = question;
  const { address } = contract;
  const [ownerResult, stateResult, historyResult] = yield [
    ownerOf.request(address, [key]),
    getCertificate.request(address, [key]),
    getVerificationHistory.request(address, [key]),
  ];
  const isBurned = ownerResult?.status === 'reverted';
  // The contract has no state of a burned certificate.
  const history = isBurned
    ? getVerificationHistory.valueOf(historyResult)
    : answerOf(getVerificationHistory, historyResult);
  const verified = history === null ? [] : verificationClaims(question, history);
  if (isBurned) return [...burnedClaims(question), ...verified];
  const owner = answerOf(ownerOf, ownerResult);
  const state = certificateOf(answerOf(getCertificate, stateResult));
  return [
    certificateClaim(question, owner, state),
    ...(state === null ? [] : codeClaims(question, state, history)),
    ...(state === null ? [] : certificationClaims(question, state)),
    ...verified,
  ];
}

function certificateOf(values: CallResult<typeof abi, 'getCertificate'> | null): Certificate | null {
  if (values === null) return null;
  const [productId, , certificateType, verificationCode, metadataUri, ...rest] = values;
  const [isValid, mintedAt, expiresAt, minter, complianceStandards] = rest;
  const said = { productId, certificateType, verificationCode, metadataUri, complianceStandards };
  return { ...said, isValid, mintedAt, expiresAt, minter };
}

/** ERC-721 reverts if a certificate has no owner. A certificate that never existed has no row either. */
function burnedClaims({ contract, key, reference }: Question): Expectation[] {
  const rowId = tokenRowId(contract, 'nft_certificates', key);
  if (reference.row('nftCertificates', rowId) === undefined) return [];
  const values = { ownerId: null, isValid: false };
  return [{ table: 'nftCertificates', rowId, entity: `certificate ${key}`, exists: null, values }];
}

function certificateClaim(
  { contract, key }: Question,
  owner: Address | null,
  state: Certificate | null,
): Expectation {
  const minter = state === null || state.minter === zeroAddress ? {} : { minterId: user(state.minter) };
  return {
    table: 'nftCertificates',
    rowId: tokenRowId(contract, 'nft_certificates', key),
    entity: `certificate ${key}`,
    exists: true,
    values: {
      tokenId: key,
      ...(owner === null ? {} : { ownerId: user(owner) }),
      ...(state === null
        ? {}
        : {
            chainProductId: state.productId,
            certificateType: text(state.certificateType),
            metadataUri: text(state.metadataUri),
            isValid: state.isValid,
            mintedAt: instant(state.mintedAt),
            expiresAt: optionalInstant(state.expiresAt),
            complianceStandards: texts(state.complianceStandards),
            ...minter,
          }),
    },
  };
}

/** The history determines whether a code was used: by its first valid verification. */
function codeClaims(
  { contract, key }: Question,
  state: Certificate,
  history: readonly Verification[] | null,
): Expectation[] {
  const first = history?.find(({ isValid }) => isValid);
  const use =
    first === undefined
      ? { isUsed: false, usedAt: null, usedBy: null }
      : { isUsed: true, usedAt: instant(first.timestamp), usedBy: user(first.verifier) };
  return [
    {
      table: 'certificateCodes',
      rowId: tokenRowId(contract, 'certificate_codes', key),
      entity: `the code of certificate ${key}`,
      exists: true,
      values: {
        certificateId: tokenRowId(contract, 'nft_certificates', key),
        verificationCode: text(state.verificationCode),
        expiresAt: optionalInstant(state.expiresAt),
        ...(history === null ? {} : use),
      },
    },
  ];
}

/** The contract's list and the rows, both in the order of their events. */
function verificationClaims(
  { contract, key, reference }: Question,
  history: readonly Verification[],
): Expectation[] {
  const certificate = tokenRowId(contract, 'nft_certificates', key);
  const rows = reference.where('certificateVerifications', 'certificateId', certificate);
  const length = Math.max(rows.length, history.length);
  return Array.from({ length }, (_, position): Expectation => {
    const said = history[position];
    const values =
      said === undefined
        ? {}
        : {
            certificateId: certificate,
            verifierId: user(said.verifier),
            verificationMethod: text(said.verificationMethod),
            isValid: said.isValid,
            additionalData: text(said.additionalData),
            verifiedAt: instant(said.timestamp),
          };
    return {
      table: 'certificateVerifications',
      rowId: (rows[position]?.['id'] as Uuid | undefined) ?? null,
      entity: `verification ${position} of certificate ${key}`,
      exists: said !== undefined,
      values,
    };
  });
}

/**
 * One certification per standard that the certificate names, valid while it is. Two certificates of one code
 * share their certifications, so this certificate alone does not determine those rows.
 */
function certificationClaims({ contract, key, reference }: Question, state: Certificate): Expectation[] {
  const certificate = tokenRowId(contract, 'nft_certificates', key);
  const named = new Map(
    state.complianceStandards.map((spelling) => [certificationId(contract, state, spelling), spelling]),
  );
  const expectations = [...named].flatMap(([rowId, spelling]): Expectation[] => {
    const row = reference.row('productCertifications', rowId);
    if (row !== undefined && row['certificateId'] !== certificate) return [];
    const values = {
      standardId: standardId(text(spelling)),
      certificationNumber: text(state.verificationCode),
      certificationNumberDigest: hash('sha256', encodeExact(state.verificationCode), 'buffer'),
      chainProductId: state.productId,
      certificateId: certificate,
      isValid: state.isValid,
      issuedAt: instant(state.mintedAt),
      expiresAt: optionalInstant(state.expiresAt),
      certificateUri: text(state.metadataUri),
      failedRules: null,
      ...(state.minter === zeroAddress ? {} : { issuedBy: state.minter }),
    };
    const entity = `certification under ${text(spelling)} by certificate ${key}`;
    return [{ table: 'productCertifications', rowId, entity, exists: true, values }];
  });
  const gone = reference
    .where('productCertifications', 'certificateId', certificate)
    .filter((row) => !named.has(row['id'] as Uuid))
    .map((row): Expectation => {
      const entity = `a certification that certificate ${key} doesn’t name`;
      const values = { isValid: false };
      return { table: 'productCertifications', rowId: row['id'] as Uuid, entity, exists: null, values };
    });
  return [...expectations, ...gone];
}

function certificationId({ chainId, address }: IndexedContract, state: Certificate, spelling: string): Uuid {
  const digest = hash('sha256', encodeExact(state.verificationCode), 'hex');
  const parts = [standardId(text(spelling)), digest];
  return entityId({
    chainId,
    contract: address,
    table: 'product_certifications',
    number: state.productId,
    parts,
  });
}

function tokenRowId({ chainId, address }: IndexedContract, table: string, number: bigint): Uuid {
  return entityId({ chainId, contract: address, table, number });
}
