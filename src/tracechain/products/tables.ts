import { sql } from 'drizzle-orm';
import { boolean, index, text, unique } from 'drizzle-orm/pg-core';
import { application, column, initial, table } from '../../db/table.ts';
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
} from '../../db/columns.ts';
import { checkpointStatus, productType, stakeholderRole } from '../shared/enums.ts';
import { users } from '../shared/users.ts';
import { batchNumber, ofProduct, ofUser, productsOf, walletName } from '../../db/schema/lookups.ts';

export const products = table(
  'products',
  'A product as its registry has it. Only a contract read tells most columns: they are null where none could be made.',
  {
    columns: {
      id: derivedId(),
      productId: column(uint256('product_id').notNull(), 'The product’s number in its registry.'),
      productName: column(text('product_name'), 'As the registry has it.'),
      productType: column(
        productType('product_type'),
        'One of the known types; other for any text that isn’t one of them.',
      ),
      productTypeText: column(text('product_type_text'), 'The type as the contract spells it.'),
      manufacturerId: column(
        uuidRef('manufacturer_id').references(() => users.id),
        'Who made the product.',
      ),
      batchNumber: column(text('batch_number'), 'Unique in its registry.'),
      batchNumberDigest: column(
        hash32('batch_number_digest'),
        'SHA-256 of the exact bytes: the registry’s uniqueness is by these.',
      ),
      manufactureDate: column(instant('manufacture_date'), 'As the contract has it; null for zero.'),
      expiryDate: column(instant('expiry_date'), 'As the contract has it; null for zero.'),
      rawMaterials: column(text('raw_materials').array(), 'As the contract lists them.'),
      isActive: column(boolean('is_active').notNull(), 'Whether it is in effect now.'),
      metadataUri: column(text('metadata_uri'), 'Where the metadata lies.'),
      deactivatedAt: column(instant('deactivated_at'), 'The time of the block that deactivated it.'),
      deactivatedBy: column(
        uuidRef('deactivated_by').references(() => users.id),
        'Who deactivated it.',
      ),
      createdAt: column(
        instant('created_at').notNull(),
        'When it came about: the block’s time for a row of the chain.',
      ),
      updatedAt: column(
        instant('updated_at').notNull(),
        'When it last changed: the block’s time for a row of the chain.',
      ),
      latestCheckpointIndex: column(
        uint256('latest_checkpoint_index'),
        'The index of the newest checkpoint; null while none is known.',
      ),
      ...provenance(),
    },
    label: `'product ' || product_id || ' of ' || smart_contract_address`,
    find: { number: 'product_id = $1::text::numeric', text: batchNumber },
  },
  (columns) => [
    provenanceCheck('products'),
    unique('products_contract_product_key').on(
      columns.chainId,
      columns.smartContractAddress,
      columns.productId,
    ),
    unique('products_contract_batch_number_key').on(
      columns.chainId,
      columns.smartContractAddress,
      columns.batchNumberDigest,
    ),
    index('products_product_id_index').on(columns.productId),
    // Unique per registry, so nearly unique. A hash index serves equality queries for a text of any length.
    index('products_batch_number_index').using('hash', columns.batchNumber),
    index('products_manufacturer_id_index').on(columns.manufacturerId, columns.createdAt.desc().nullsFirst()),
    index('products_product_type_index').on(columns.productType),
    index('products_active_index')
      .on(columns.createdAt.desc().nullsFirst())
      .where(sql`is_active`),
    // Truncated, because a tsvector holds 1 MB at most.
    index('products_product_name_search_index').using(
      'gin',
      sql`to_tsvector('simple', left(product_name, 10000))`,
    ),
  ],
);

export const productStakeholders = table(
  'product_stakeholders',
  'The wallets that are authorised for a product: one row per product and wallet.',
  {
    columns: {
      id: derivedId(),
      productId: column(
        uuidRef('product_id')
          .notNull()
          .references(() => products.id),
        'The product’s row.',
      ),
      stakeholderId: column(
        uuidRef('stakeholder_id')
          .notNull()
          .references(() => users.id),
        'The stakeholder.',
      ),
      role: initial(
        stakeholderRole('role'),
        'manufacturer for the maker, otherwise the application’s word; null where nobody has said.',
      ),
      addedAt: column(instant('added_at'), 'When it was added.'),
      addedBy: column(
        uuidRef('added_by').references(() => users.id),
        'Who added it; null where neither event nor calldata says.',
      ),
      isActive: column(boolean('is_active').notNull(), 'Whether it is in effect now.'),
      ...provenance(),
    },
    label: ofProduct(`'stakeholder ' || coalesce(${walletName('stakeholder_id')}, '')`),
    find: {
      number: productsOf('product_id = $1::text::numeric'),
      wallet: ofUser('stakeholder_id'),
      text: productsOf(batchNumber),
    },
  },
  (columns) => [
    provenanceCheck('product_stakeholders'),
    unique('product_stakeholders_contract_product_stakeholder_key').on(
      columns.chainId,
      columns.smartContractAddress,
      columns.productId,
      columns.stakeholderId,
    ),
    index('product_stakeholders_product_id_index').on(columns.productId),
    index('product_stakeholders_stakeholder_id_index')
      .on(columns.stakeholderId)
      .where(sql`is_active`),
  ],
);

export const checkpoints = table(
  'checkpoints',
  'A stop on a product’s way, with what was measured there, as its registry has it.',
  {
    columns: {
      id: derivedId(),
      productId: column(
        uuidRef('product_id')
          .notNull()
          .references(() => products.id),
        'The product’s row.',
      ),
      checkpointIndex: column(
        uint256('checkpoint_index').notNull(),
        'Its position among the product’s checkpoints, from zero.',
      ),
      timestamp: column(instant('timestamp'), 'As the contract has it.'),
      location: column(text('location'), 'As the contract has it.'),
      stakeholderId: column(
        uuidRef('stakeholder_id').references(() => users.id),
        'The stakeholder.',
      ),
      status: column(
        checkpointStatus('status'),
        'One of the known statuses; other for any text that isn’t one of them.',
      ),
      statusText: column(text('status_text'), 'The status as the contract spells it.'),
      temperature: column(text('temperature'), 'The text that the contract has.'),
      humidity: column(text('humidity'), 'The text that the contract has.'),
      additionalData: column(text('additional_data'), 'The text that the contract has.'),
      createdAt: column(
        instant('created_at').notNull(),
        'When it came about: the block’s time for a row of the chain.',
      ),
      ...provenance(),
    },
    label: ofProduct(`'checkpoint ' || checkpoint_index`),
    find: { number: productsOf('product_id = $1::text::numeric'), text: productsOf(batchNumber) },
  },
  (columns) => [
    provenanceCheck('checkpoints'),
    unique('checkpoints_product_checkpoint_key').on(columns.productId, columns.checkpointIndex),
    index('checkpoints_stakeholder_id_index').on(
      columns.stakeholderId,
      columns.createdAt.desc().nullsFirst(),
    ),
    index('checkpoints_status_index').on(columns.status),
    index('checkpoints_timestamp_index').on(columns.timestamp),
    index('checkpoints_location_index').on(front(columns.location)),
  ],
);

export const traceabilityChain = table(
  'traceability_chain',
  'The way of a product: one row a checkpoint, from the one before it. The first has no origin.',
  {
    columns: {
      id: derivedId(),
      productId: column(
        uuidRef('product_id')
          .notNull()
          .references(() => products.id),
        'The product’s row.',
      ),
      checkpointId: column(
        uuidRef('checkpoint_id')
          .notNull()
          .references(() => checkpoints.id),
        'The checkpoint’s row.',
      ),
      sequenceOrder: column(
        uint256('sequence_order').notNull(),
        'The position in the product’s way, from zero.',
      ),
      fromLocation: column(text('from_location'), 'Where the checkpoint before was.'),
      toLocation: column(text('to_location'), 'Where this checkpoint is.'),
      fromStakeholderId: column(
        uuidRef('from_stakeholder_id').references(() => users.id),
        'Who recorded the checkpoint before.',
      ),
      toStakeholderId: column(
        uuidRef('to_stakeholder_id').references(() => users.id),
        'Who recorded this one.',
      ),
      durationHours: column(
        decimal('duration_hours'),
        'Hours since the checkpoint before; exact, and unbounded as a contract’s times are.',
      ),
      distanceKm: application(
        decimal('distance_km'),
        'The application’s: kilometres from the checkpoint before.',
      ),
      createdAt: column(
        instant('created_at').notNull(),
        'When it came about: the block’s time for a row of the chain.',
      ),
      ...provenance(),
    },
    label: ofProduct(`'link ' || sequence_order`),
    find: { number: productsOf('product_id = $1::text::numeric'), text: productsOf(batchNumber) },
  },
  (columns) => [
    provenanceCheck('traceability_chain'),
    unique('traceability_chain_product_sequence_key').on(columns.productId, columns.sequenceOrder),
    index('traceability_chain_checkpoint_id_index').on(columns.checkpointId),
    index('traceability_chain_from_stakeholder_id_index').on(columns.fromStakeholderId),
    index('traceability_chain_to_stakeholder_id_index').on(columns.toStakeholderId),
  ],
);
