import { sql } from 'drizzle-orm';
import { boolean, index, text, unique } from 'drizzle-orm/pg-core';
import { column, link, table } from '../../db/table.ts';
import { derivedId, instant, provenance, provenanceCheck, uint256, uuidRef } from '../../db/columns.ts';
import { products } from '../products/tables.ts';
import { users } from '../shared/users.ts';
import { certificate, certificatesOf, ofUser } from '../../db/schema/lookups.ts';

export const nftCertificates = table(
  'nft_certificates',
  'One row a certificate token, from its minting on; a burned one stays, without an owner.',
  {
    columns: {
      id: derivedId(),
      tokenId: column(uint256('token_id').notNull(), 'The token’s number.'),
      productId: link(
        uuidRef('product_id').references(() => products.id, { onDelete: 'set null' }),
        'The product’s row, found by its number in the registry; null where there is none.',
      ),
      chainProductId: column(uint256('chain_product_id'), 'The product’s number in its registry.'),
      ownerId: column(
        uuidRef('owner_id').references(() => users.id),
        'Who owns it now; null once there is no owner.',
      ),
      certificateType: column(text('certificate_type'), 'As the contract has it.'),
      metadataUri: column(text('metadata_uri'), 'Where the metadata lies.'),
      isValid: column(
        boolean('is_valid'),
        'Whether it stands, by the chain. It stays true when the certificate expires: ledger.is_in_force() asks both.',
      ),
      invalidationReason: column(text('invalidation_reason'), 'Why it was invalidated.'),
      mintedAt: column(instant('minted_at'), 'The block’s time of the minting.'),
      minterId: column(
        uuidRef('minter_id').references(() => users.id),
        'Who minted it.',
      ),
      expiresAt: column(instant('expires_at'), 'When it expires; null for never.'),
      transferredAt: column(instant('transferred_at'), 'The block’s time of the latest transfer.'),
      complianceStandards: column(
        text('compliance_standards').array(),
        'The codes of the standards that the certificate names.',
      ),
      ...provenance(),
    },
    label: `'certificate ' || token_id || ' of ' || smart_contract_address`,
    find: {
      number: 'token_id = $1::text::numeric',
      wallet: ofUser('owner_id'),
      text: 'id in (select certificate_id from public.certificate_codes where verification_code = $1::text)',
    },
  },
  (columns) => [
    provenanceCheck('nft_certificates'),
    unique('nft_certificates_contract_token_key').on(
      columns.chainId,
      columns.smartContractAddress,
      columns.tokenId,
    ),
    index('nft_certificates_contract_product_index').on(
      columns.chainId,
      columns.smartContractAddress,
      columns.chainProductId,
    ),
    index('nft_certificates_token_id_index').on(columns.tokenId),
    index('nft_certificates_product_id_index').on(columns.productId),
    index('nft_certificates_owner_id_index').on(columns.ownerId),
    index('nft_certificates_valid_index')
      .on(columns.expiresAt)
      .where(sql`is_valid`),
  ],
);

export const certificateCodes = table(
  'certificate_codes',
  'The code by which a certificate is verified, and whether it was used.',
  {
    columns: {
      id: derivedId(),
      certificateId: column(
        uuidRef('certificate_id')
          .notNull()
          .unique()
          .references(() => nftCertificates.id),
        'The certificate.',
      ),
      verificationCode: column(text('verification_code').notNull(), 'As the contract has it.'),
      isUsed: column(boolean('is_used').notNull(), 'Whether the code was used.'),
      usedAt: column(instant('used_at'), 'The block’s time of its use.'),
      usedBy: column(
        uuidRef('used_by').references(() => users.id),
        'Who used it.',
      ),
      createdAt: column(
        instant('created_at').notNull(),
        'When it came about: the block’s time for a row of the chain.',
      ),
      expiresAt: column(instant('expires_at'), 'When it expires; null for never.'),
      ...provenance(),
    },
    label: certificate,
    find: { number: certificatesOf, text: 'verification_code = $1::text' },
  },
  (columns) => [
    provenanceCheck('certificate_codes'),
    // One code per certificate, so nearly unique. A hash index serves equality queries for a text of any
    // length.
    index('certificate_codes_verification_code_index').using('hash', columns.verificationCode),
    index('certificate_codes_unused_index')
      .on(columns.createdAt)
      .where(sql`not is_used`),
  ],
);

export const certificateVerifications = table(
  'certificate_verifications',
  'One row a verification of a certificate.',
  {
    columns: {
      id: derivedId(),
      certificateId: column(
        uuidRef('certificate_id')
          .notNull()
          .references(() => nftCertificates.id),
        'The certificate.',
      ),
      verifierId: column(
        uuidRef('verifier_id').references(() => users.id),
        'Who verified.',
      ),
      verificationMethod: column(text('verification_method'), 'As the contract has it.'),
      isValid: column(boolean('is_valid').notNull(), 'Whether it holds.'),
      additionalData: column(text('additional_data'), 'The text that the contract has.'),
      verifiedAt: column(instant('verified_at'), 'When it was verified.'),
      ...provenance(),
    },
    label: `${certificate} || ' in block ' || block_number`,
    find: { number: certificatesOf },
  },
  (columns) => [
    provenanceCheck('certificate_verifications'),
    index('certificate_verifications_certificate_id_index').on(columns.certificateId, columns.verifiedAt),
    index('certificate_verifications_verifier_id_index').on(columns.verifierId),
  ],
);
