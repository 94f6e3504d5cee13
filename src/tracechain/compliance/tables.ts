import { sql } from 'drizzle-orm';
import { boolean, check, foreignKey, index, jsonb, text, unique } from 'drizzle-orm/pg-core';
import { column, link, table } from '../../db/table.ts';
import { nftCertificates } from '../certificates/tables.ts';
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
} from '../../db/columns.ts';
import { complianceStatus } from '../shared/enums.ts';
import { checkpoints, products } from '../products/tables.ts';
import { users } from '../shared/users.ts';

/**
 * Owned by the application; the indexer adds a missing standard that a contract names. A trigger normalises
 * the code's spelling, and uses the given spelling as the name if there is none.
 */
export const complianceStandards = table(
  'compliance_standards',
  'The application’s standards; the indexer adds one that a contract names and that isn’t there.',
  {
    columns: {
      id: column(
        uuidRef('id')
          .primaryKey()
          .generatedAlwaysAs(sql`ledger.standard_id(standard_code)`),
        'Follows from the code: ledger.standard_id(standard_code).',
      ),
      standardName: column(
        text('standard_name').notNull(),
        'The standard’s name; the spelling that was given first, where nobody has said.',
      ),
      standardCode: column(
        text('standard_code').notNull().unique(),
        'One code however it is spelt, as ledger.standard_code() makes it.',
      ),
      description: column(text('description'), 'In words.'),
      category: column(text('category'), 'What it is about.'),
      isActive: column(boolean('is_active').notNull().default(true), 'Whether it is in effect now.'),
      createdAt: column(
        instant('created_at')
          .notNull()
          .default(sql`now()`),
        'When it came about: the block’s time for a row of the chain.',
      ),
      updatedAt: column(
        instant('updated_at')
          .notNull()
          .default(sql`now()`),
        'When it last changed: the block’s time for a row of the chain.',
      ),
    },
    label: `standard_code || ', ' || standard_name`,
    find: { text: 'standard_code = ledger.standard_code($1::text)' },
  },
  (columns) => [
    check('compliance_standards_category_check', sql`char_length(category) <= 200`),
    index('compliance_standards_category_index').on(columns.category),
    index('compliance_standards_active_index')
      .on(columns.standardCode)
      .where(sql`is_active`),
  ],
);

export const complianceStandardSupport = table(
  'compliance_standard_support',
  'Which contract supports which standard.',
  {
    columns: {
      id: derivedId(),
      standardId: column(uuidRef('standard_id').notNull(), 'The standard.'),
      isSupported: column(
        boolean('is_supported').notNull(),
        'Whether the contract supports the standard now.',
      ),
      ...provenance(),
    },
    label: `'of ' || smart_contract_address`,
    find: { text: 'standard_id = ledger.standard_id($1::text)' },
  },
  (columns) => [
    provenanceCheck('compliance_standard_support'),
    foreignKey({
      name: 'compliance_standard_support_standard_id_fk',
      columns: [columns.standardId],
      foreignColumns: [complianceStandards.id],
    }),
    unique('compliance_standard_support_contract_standard_key').on(
      columns.chainId,
      columns.smartContractAddress,
      columns.standardId,
    ),
    index('compliance_standard_support_standard_id_index').on(columns.standardId),
  ],
);

export const complianceRules = table(
  'compliance_rules',
  'The rules that a compliance contract checks products against.',
  {
    columns: {
      id: derivedId(),
      ruleKey: column(
        hash32('rule_key').notNull(),
        'keccak-256 of the rule’s id: all that an indexed string leaves in a log.',
      ),
      ruleId: column(text('rule_id'), 'The text behind the key, once a read has told it.'),
      ruleName: column(text('rule_name'), 'As the contract has it.'),
      productType: column(
        text('product_type'),
        'One of the known types; other for any text that isn’t one of them.',
      ),
      standardId: column(
        uuidRef('standard_id').references(() => complianceStandards.id),
        'The standard.',
      ),
      requirement: column(text('requirement'), 'As the contract has it.'),
      severity: column(uint256('severity'), 'As the contract has it.'),
      isActive: column(boolean('is_active'), 'Whether it is in effect now.'),
      createdAt: column(
        instant('created_at').notNull(),
        'When it came about: the block’s time for a row of the chain.',
      ),
      ...provenance(),
    },
    label: `coalesce(rule_name, rule_key)`,
    find: { text: 'rule_id = $1::text' },
  },
  (columns) => [
    provenanceCheck('compliance_rules'),
    unique('compliance_rules_contract_rule_key').on(
      columns.chainId,
      columns.smartContractAddress,
      columns.ruleKey,
    ),
    index('compliance_rules_standard_id_index').on(columns.standardId),
    index('compliance_rules_active_index')
      .on(columns.chainId, columns.smartContractAddress)
      .where(sql`is_active`),
  ],
);

export const productCertifications = table(
  'product_certifications',
  'A product’s standing under one standard, by a compliance contract’s checks or by a certificate that names it.',
  {
    columns: {
      id: derivedId(),
      productId: link(
        uuidRef('product_id').references(() => products.id, { onDelete: 'set null' }),
        'The product’s row, found by its number in the registry; null where there is none.',
      ),
      standardId: column(
        uuidRef('standard_id')
          .notNull()
          .references(() => complianceStandards.id),
        'The standard.',
      ),
      certificationNumber: column(text('certification_number').notNull(), 'As the contract has it.'),
      certificationNumberDigest: column(
        bytes('certification_number_digest').notNull(),
        'SHA-256 of the number’s exact bytes: an index can’t hold a text of any length.',
      ),
      issuedBy: column(text('issued_by'), 'Who issued it.'),
      issuedAt: column(instant('issued_at'), 'When it was issued.'),
      expiresAt: column(instant('expires_at'), 'When it expires; null for never.'),
      isValid: column(
        boolean('is_valid').notNull(),
        'Whether it stands, by the chain. It stays true when the certification expires: ledger.is_in_force() asks both.',
      ),
      certificateUri: column(text('certificate_uri'), 'Where the certificate lies.'),
      chainProductId: column(uint256('chain_product_id').notNull(), 'The product’s number in its registry.'),
      certificateId: column(
        uuidRef('certificate_id').references(() => nftCertificates.id),
        'The certificate that says so; null where a compliance contract does.',
      ),
      failedRules: column(text('failed_rules').array(), 'Keys of the rules whose latest check failed.'),
      createdAt: column(
        instant('created_at').notNull(),
        'When it came about: the block’s time for a row of the chain.',
      ),
      ...provenance(),
    },
    label: `'product ' || chain_product_id || ', number ' || left(certification_number, 80)`,
    find: { number: 'chain_product_id = $1::text::numeric', text: 'certification_number = $1::text' },
  },
  (columns) => [
    provenanceCheck('product_certifications'),
    unique('product_certifications_contract_product_standard_number_key').on(
      columns.chainId,
      columns.smartContractAddress,
      columns.chainProductId,
      columns.standardId,
      columns.certificationNumberDigest,
    ),
    index('product_certifications_product_id_index').on(columns.productId),
    index('product_certifications_standard_id_index').on(columns.standardId),
    index('product_certifications_certificate_id_index').on(columns.certificateId),
    index('product_certifications_valid_index')
      .on(columns.expiresAt)
      .where(sql`is_valid`),
  ],
);

export const complianceCheckpoints = table(
  'compliance_checkpoints',
  'One row a check of a product against a rule.',
  {
    columns: {
      id: derivedId(),
      productId: link(
        uuidRef('product_id').references(() => products.id, { onDelete: 'set null' }),
        'The product’s row, found by its number in the registry; null where there is none.',
      ),
      checkpointId: column(
        uuidRef('checkpoint_id').references(() => checkpoints.id),
        'The product’s latest checkpoint when the check was made; null where it had none.',
      ),
      standardId: column(
        uuidRef('standard_id').references(() => complianceStandards.id),
        'The standard.',
      ),
      ruleId: column(
        uuidRef('rule_id').references(() => complianceRules.id),
        'The rule.',
      ),
      ruleKey: column(
        hash32('rule_key').notNull(),
        'keccak-256 of the rule’s id: all that an indexed string leaves in a log.',
      ),
      checkIndex: column(
        uint256('check_index'),
        'The position among the product’s checks, where a read told it.',
      ),
      complianceStatus: column(complianceStatus('compliance_status').notNull(), 'passed or failed.'),
      checkDetails: column(text('check_details'), 'As the contract has it.'),
      checkedBy: column(
        uuidRef('checked_by').references(() => users.id),
        'Who checked.',
      ),
      checkedAt: column(instant('checked_at'), 'When it was checked.'),
      confidence: column(uint256('confidence'), 'As the contract has it.'),
      evidenceUri: column(text('evidence_uri'), 'Where the evidence lies.'),
      chainProductId: column(uint256('chain_product_id').notNull(), 'The product’s number in its registry.'),
      metadata: column(jsonb('metadata').$type<JsonValue>(), 'Whatever else belongs to the row.'),
      ...provenance(),
    },
    label: `'check of product ' || chain_product_id || ' in block ' || block_number`,
    find: { number: 'chain_product_id = $1::text::numeric' },
  },
  (columns) => [
    provenanceCheck('compliance_checkpoints'),
    index('compliance_checkpoints_contract_product_index').on(
      columns.chainId,
      columns.smartContractAddress,
      columns.chainProductId,
    ),
    index('compliance_checkpoints_product_id_index').on(columns.productId),
    index('compliance_checkpoints_checkpoint_id_index').on(columns.checkpointId),
    index('compliance_checkpoints_rule_id_index').on(columns.ruleId),
    index('compliance_checkpoints_compliance_status_index').on(columns.complianceStatus),
    index('compliance_checkpoints_metadata_index').using('gin', columns.metadata.op('jsonb_path_ops')),
  ],
);
