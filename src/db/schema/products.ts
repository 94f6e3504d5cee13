import { sql } from 'drizzle-orm';
import { boolean, index, pgTable, text, unique } from 'drizzle-orm/pg-core';
import {
  decimal,
  derivedId,
  front,
  hash32,
  instant,
  provenance,
  provenanceCheck,
  uint256,
  uuidRef,
} from './columns.ts';
import { checkpointStatus, productType, stakeholderRole } from './enums.ts';
import { users } from './users.ts';

/**
 * A product as its registry has it. Only a contract read tells most columns: they are null where no read could be made.
 */
export const products = pgTable(
  'products',
  {
    id: derivedId(),
    productId: uint256('product_id').notNull(),
    productName: text('product_name'),
    productType: productType('product_type'),
    productTypeText: text('product_type_text'),
    manufacturerId: uuidRef('manufacturer_id').references(() => users.id),
    batchNumber: text('batch_number'),
    /** SHA-256 of the exact bytes, which `batch_number` may be unable to show: the registry's uniqueness is by these. */
    batchNumberDigest: hash32('batch_number_digest'),
    manufactureDate: instant('manufacture_date'),
    expiryDate: instant('expiry_date'),
    rawMaterials: text('raw_materials').array(),
    isActive: boolean('is_active').notNull(),
    metadataUri: text('metadata_uri'),
    deactivatedAt: instant('deactivated_at'),
    deactivatedBy: uuidRef('deactivated_by').references(() => users.id),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    /** The index of the newest checkpoint that was added; null while none is known. */
    latestCheckpointIndex: uint256('latest_checkpoint_index'),
    ...provenance(),
  },
  (table) => [
    provenanceCheck('products'),
    unique('products_contract_product_key').on(table.chainId, table.smartContractAddress, table.productId),
    unique('products_contract_batch_number_key').on(
      table.chainId,
      table.smartContractAddress,
      table.batchNumberDigest,
    ),
    index('products_product_id_index').on(table.productId),
    // Unique in a registry, so nearly unique: a hash index serves the natural query for a text of any length.
    index('products_batch_number_index').using('hash', table.batchNumber),
    index('products_manufacturer_id_index').on(table.manufacturerId, table.createdAt.desc().nullsFirst()),
    index('products_product_type_index').on(table.productType),
    index('products_active_index')
      .on(table.createdAt.desc().nullsFirst())
      .where(sql`is_active`),
    // Capped, because a tsvector holds 1 MB at most.
    index('products_product_name_search_index').using(
      'gin',
      sql`to_tsvector('simple', left(product_name, 10000))`,
    ),
  ],
);

export const productStakeholders = pgTable(
  'product_stakeholders',
  {
    id: derivedId(),
    productId: uuidRef('product_id')
      .notNull()
      .references(() => products.id),
    stakeholderId: uuidRef('stakeholder_id')
      .notNull()
      .references(() => users.id),
    role: stakeholderRole('role'),
    addedAt: instant('added_at'),
    addedBy: uuidRef('added_by').references(() => users.id),
    isActive: boolean('is_active').notNull(),
    ...provenance(),
  },
  (table) => [
    provenanceCheck('product_stakeholders'),
    unique('product_stakeholders_contract_product_stakeholder_key').on(
      table.chainId,
      table.smartContractAddress,
      table.productId,
      table.stakeholderId,
    ),
    index('product_stakeholders_product_id_index').on(table.productId),
    index('product_stakeholders_stakeholder_id_index')
      .on(table.stakeholderId)
      .where(sql`is_active`),
  ],
);

export const checkpoints = pgTable(
  'checkpoints',
  {
    id: derivedId(),
    productId: uuidRef('product_id')
      .notNull()
      .references(() => products.id),
    checkpointIndex: uint256('checkpoint_index').notNull(),
    timestamp: instant('timestamp'),
    location: text('location'),
    stakeholderId: uuidRef('stakeholder_id').references(() => users.id),
    status: checkpointStatus('status'),
    statusText: text('status_text'),
    temperature: text('temperature'),
    humidity: text('humidity'),
    additionalData: text('additional_data'),
    createdAt: instant('created_at').notNull(),
    ...provenance(),
  },
  (table) => [
    provenanceCheck('checkpoints'),
    unique('checkpoints_product_checkpoint_key').on(table.productId, table.checkpointIndex),
    index('checkpoints_stakeholder_id_index').on(table.stakeholderId, table.createdAt.desc().nullsFirst()),
    index('checkpoints_status_index').on(table.status),
    index('checkpoints_timestamp_index').on(table.timestamp),
    index('checkpoints_location_index').on(front(table.location)),
  ],
);

/** The way of a product: one row a checkpoint, from the one before it. The first has no `from`. */
export const traceabilityChain = pgTable(
  'traceability_chain',
  {
    id: derivedId(),
    productId: uuidRef('product_id')
      .notNull()
      .references(() => products.id),
    checkpointId: uuidRef('checkpoint_id')
      .notNull()
      .references(() => checkpoints.id),
    sequenceOrder: uint256('sequence_order').notNull(),
    fromLocation: text('from_location'),
    toLocation: text('to_location'),
    fromStakeholderId: uuidRef('from_stakeholder_id').references(() => users.id),
    toStakeholderId: uuidRef('to_stakeholder_id').references(() => users.id),
    /** Hours since the checkpoint before; unbounded, because a contract's times are. */
    durationHours: decimal('duration_hours'),
    distanceKm: decimal('distance_km'),
    createdAt: instant('created_at').notNull(),
    ...provenance(),
  },
  (table) => [
    provenanceCheck('traceability_chain'),
    unique('traceability_chain_product_sequence_key').on(table.productId, table.sequenceOrder),
    index('traceability_chain_checkpoint_id_index').on(table.checkpointId),
    index('traceability_chain_from_stakeholder_id_index').on(table.fromStakeholderId),
    index('traceability_chain_to_stakeholder_id_index').on(table.toStakeholderId),
  ],
);
