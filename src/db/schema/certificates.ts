import { sql } from 'drizzle-orm';
import { boolean, index, pgTable, text, unique } from 'drizzle-orm/pg-core';
import { derivedId, instant, provenance, provenanceCheck, uint256, uuidRef } from './columns.ts';
import { products } from './products.ts';
import { users } from './users.ts';

export const nftCertificates = pgTable(
  'nft_certificates',
  {
    id: derivedId(),
    tokenId: uint256('token_id').notNull(),
    productId: uuidRef('product_id').references(() => products.id, { onDelete: 'set null' }),
    chainProductId: uint256('chain_product_id'),
    /** Who owns it now; null once burned. */
    ownerId: uuidRef('owner_id').references(() => users.id),
    certificateType: text('certificate_type'),
    metadataUri: text('metadata_uri'),
    isValid: boolean('is_valid'),
    invalidationReason: text('invalidation_reason'),
    mintedAt: instant('minted_at'),
    minterId: uuidRef('minter_id').references(() => users.id),
    expiresAt: instant('expires_at'),
    transferredAt: instant('transferred_at'),
    complianceStandards: text('compliance_standards').array(),
    ...provenance(),
  },
  (table) => [
    provenanceCheck('nft_certificates'),
    unique('nft_certificates_contract_token_key').on(
      table.chainId,
      table.smartContractAddress,
      table.tokenId,
    ),
    index('nft_certificates_contract_product_index').on(
      table.chainId,
      table.smartContractAddress,
      table.chainProductId,
    ),
    index('nft_certificates_token_id_index').on(table.tokenId),
    index('nft_certificates_product_id_index').on(table.productId),
    index('nft_certificates_owner_id_index').on(table.ownerId),
    index('nft_certificates_valid_index')
      .on(table.expiresAt)
      .where(sql`is_valid`),
  ],
);

export const certificateCodes = pgTable(
  'certificate_codes',
  {
    id: derivedId(),
    certificateId: uuidRef('certificate_id')
      .notNull()
      .unique()
      .references(() => nftCertificates.id),
    verificationCode: text('verification_code').notNull(),
    isUsed: boolean('is_used').notNull(),
    usedAt: instant('used_at'),
    usedBy: uuidRef('used_by').references(() => users.id),
    createdAt: instant('created_at').notNull(),
    expiresAt: instant('expires_at'),
    ...provenance(),
  },
  (table) => [
    provenanceCheck('certificate_codes'),
    // One code a certificate, so nearly unique: a hash index serves the natural query for a text of any length.
    index('certificate_codes_verification_code_index').using('hash', table.verificationCode),
    index('certificate_codes_unused_index')
      .on(table.createdAt)
      .where(sql`not is_used`),
  ],
);

export const certificateVerifications = pgTable(
  'certificate_verifications',
  {
    id: derivedId(),
    certificateId: uuidRef('certificate_id')
      .notNull()
      .references(() => nftCertificates.id),
    verifierId: uuidRef('verifier_id').references(() => users.id),
    verificationMethod: text('verification_method'),
    isValid: boolean('is_valid').notNull(),
    additionalData: text('additional_data'),
    verifiedAt: instant('verified_at'),
    ...provenance(),
  },
  (table) => [
    provenanceCheck('certificate_verifications'),
    index('certificate_verifications_certificate_id_index').on(table.certificateId, table.verifiedAt),
    index('certificate_verifications_verifier_id_index').on(table.verifierId),
  ],
);
