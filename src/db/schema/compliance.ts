import { sql } from 'drizzle-orm';
import { boolean, check, foreignKey, index, jsonb, pgTable, text, unique } from 'drizzle-orm/pg-core';
import { nftCertificates } from './certificates.ts';
import {
  bytes,
  derivedId,
  hash32,
  instant,
  type JsonValue,
  provenance,
  provenanceCheck,
  uint256,
  uuidRef,
} from './columns.ts';
import { complianceStatus } from './enums.ts';
import { checkpoints, products } from './products.ts';
import { users } from './users.ts';

/**
 * The application's; the indexer adds a standard that a contract names and that isn't there. A trigger brings the code
 * into its one spelling, and takes the spelling that was given for the name where none is.
 */
export const complianceStandards = pgTable(
  'compliance_standards',
  {
    id: uuidRef('id')
      .primaryKey()
      .generatedAlwaysAs(sql`ledger.standard_id(standard_code)`),
    standardName: text('standard_name').notNull(),
    standardCode: text('standard_code').notNull().unique(),
    description: text('description'),
    category: text('category'),
    isActive: boolean('is_active').notNull().default(true),
    createdAt: instant('created_at')
      .notNull()
      .default(sql`now()`),
    updatedAt: instant('updated_at')
      .notNull()
      .default(sql`now()`),
  },
  (table) => [
    check('compliance_standards_category_check', sql`char_length(category) <= 200`),
    index('compliance_standards_category_index').on(table.category),
    index('compliance_standards_active_index')
      .on(table.standardCode)
      .where(sql`is_active`),
  ],
);

/** Which contract supports which standard. */
export const complianceStandardSupport = pgTable(
  'compliance_standard_support',
  {
    id: derivedId(),
    standardId: uuidRef('standard_id').notNull(),
    isSupported: boolean('is_supported').notNull(),
    ...provenance(),
  },
  (table) => [
    provenanceCheck('compliance_standard_support'),
    foreignKey({
      name: 'compliance_standard_support_standard_id_fk',
      columns: [table.standardId],
      foreignColumns: [complianceStandards.id],
    }),
    unique('compliance_standard_support_contract_standard_key').on(
      table.chainId,
      table.smartContractAddress,
      table.standardId,
    ),
    index('compliance_standard_support_standard_id_index').on(table.standardId),
  ],
);

export const complianceRules = pgTable(
  'compliance_rules',
  {
    id: derivedId(),
    /** keccak-256 of the rule's id: all that an indexed string leaves in a log. */
    ruleKey: hash32('rule_key').notNull(),
    /** The text behind the key, once a read has told it. */
    ruleId: text('rule_id'),
    ruleName: text('rule_name'),
    productType: text('product_type'),
    standardId: uuidRef('standard_id').references(() => complianceStandards.id),
    requirement: text('requirement'),
    severity: uint256('severity'),
    isActive: boolean('is_active'),
    createdAt: instant('created_at').notNull(),
    ...provenance(),
  },
  (table) => [
    provenanceCheck('compliance_rules'),
    unique('compliance_rules_contract_rule_key').on(table.chainId, table.smartContractAddress, table.ruleKey),
    index('compliance_rules_standard_id_index').on(table.standardId),
    index('compliance_rules_active_index')
      .on(table.chainId, table.smartContractAddress)
      .where(sql`is_active`),
  ],
);

/** A product's standing under one standard, by a compliance contract's checks or by a certificate that names it. */
export const productCertifications = pgTable(
  'product_certifications',
  {
    id: derivedId(),
    productId: uuidRef('product_id').references(() => products.id, { onDelete: 'set null' }),
    standardId: uuidRef('standard_id')
      .notNull()
      .references(() => complianceStandards.id),
    certificationNumber: text('certification_number').notNull(),
    /** SHA-256 of the number's exact bytes: the unique index can't hold a text of any length. */
    certificationNumberDigest: bytes('certification_number_digest').notNull(),
    issuedBy: text('issued_by'),
    issuedAt: instant('issued_at'),
    expiresAt: instant('expires_at'),
    isValid: boolean('is_valid').notNull(),
    certificateUri: text('certificate_uri'),
    chainProductId: uint256('chain_product_id').notNull(),
    /** The certificate that says so; null where a compliance contract does. */
    certificateId: uuidRef('certificate_id').references(() => nftCertificates.id),
    /** Keys of the rules whose latest check failed. */
    failedRules: text('failed_rules').array(),
    createdAt: instant('created_at').notNull(),
    ...provenance(),
  },
  (table) => [
    provenanceCheck('product_certifications'),
    unique('product_certifications_contract_product_standard_number_key').on(
      table.chainId,
      table.smartContractAddress,
      table.chainProductId,
      table.standardId,
      table.certificationNumberDigest,
    ),
    index('product_certifications_product_id_index').on(table.productId),
    index('product_certifications_standard_id_index').on(table.standardId),
    index('product_certifications_certificate_id_index').on(table.certificateId),
    index('product_certifications_valid_index')
      .on(table.expiresAt)
      .where(sql`is_valid`),
  ],
);

/** One row a check of a product against a rule. */
export const complianceCheckpoints = pgTable(
  'compliance_checkpoints',
  {
    id: derivedId(),
    productId: uuidRef('product_id').references(() => products.id, { onDelete: 'set null' }),
    /** The product's latest checkpoint when the check was made; null where it had none. */
    checkpointId: uuidRef('checkpoint_id').references(() => checkpoints.id),
    standardId: uuidRef('standard_id').references(() => complianceStandards.id),
    ruleId: uuidRef('rule_id').references(() => complianceRules.id),
    ruleKey: hash32('rule_key').notNull(),
    /** The position among the product's checks, where a read told it. */
    checkIndex: uint256('check_index'),
    complianceStatus: complianceStatus('compliance_status').notNull(),
    checkDetails: text('check_details'),
    checkedBy: uuidRef('checked_by').references(() => users.id),
    checkedAt: instant('checked_at'),
    confidence: uint256('confidence'),
    evidenceUri: text('evidence_uri'),
    chainProductId: uint256('chain_product_id').notNull(),
    metadata: jsonb('metadata').$type<JsonValue>(),
    ...provenance(),
  },
  (table) => [
    provenanceCheck('compliance_checkpoints'),
    index('compliance_checkpoints_contract_product_index').on(
      table.chainId,
      table.smartContractAddress,
      table.chainProductId,
    ),
    index('compliance_checkpoints_product_id_index').on(table.productId),
    index('compliance_checkpoints_checkpoint_id_index').on(table.checkpointId),
    index('compliance_checkpoints_rule_id_index').on(table.ruleId),
    index('compliance_checkpoints_compliance_status_index').on(table.complianceStatus),
    index('compliance_checkpoints_metadata_index').using('gin', table.metadata.op('jsonb_path_ops')),
  ],
);
