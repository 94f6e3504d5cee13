import { sql } from 'drizzle-orm';
import { boolean, check, index, jsonb, pgTable, text, unique } from 'drizzle-orm/pg-core';
import {
  address,
  derivedId,
  instant,
  type JsonValue,
  optionalProvenance,
  optionalProvenanceCheck,
  provenance,
  provenanceCheck,
  uint256,
  uuidRef,
} from './columns.ts';
import { systemEventSeverity } from './enums.ts';
import { users } from './users.ts';

/** What happened beside the tables: administration on the chain, and what the daemon has to say. */
export const systemEvents = pgTable(
  'system_events',
  {
    id: derivedId().default(sql`gen_random_uuid()`),
    /** A name of ours, such as an event's in the ABI; never a contract's text. */
    eventType: text('event_type').notNull(),
    eventData: jsonb('event_data')
      .$type<JsonValue>()
      .notNull()
      .default(sql`'{}'::jsonb`),
    severity: systemEventSeverity('severity').notNull().default('info'),
    source: text('source').notNull(),
    createdAt: instant('created_at')
      .notNull()
      .default(sql`now()`),
    processedAt: instant('processed_at'),
    ...optionalProvenance(),
  },
  (table) => [
    optionalProvenanceCheck('system_events'),
    check('system_events_event_type_check', sql`char_length(event_type) <= 200`),
    index('system_events_event_type_index').on(table.eventType, table.createdAt.desc().nullsFirst()),
    index('system_events_severity_index').on(table.severity, table.createdAt.desc().nullsFirst()),
    index('system_events_created_at_index').on(table.createdAt),
    // What retention goes through: the chain's events stay for ever, and would stand in its way.
    index('system_events_own_index')
      .on(table.createdAt)
      .where(sql`chain_id is null`),
    index('system_events_event_data_index').using('gin', table.eventData.op('jsonb_path_ops')),
  ],
);

/** A factory's children, as the factory's events tell them; `smart_contract_address` is the factory. */
export const factoryContracts = pgTable(
  'factory_contracts',
  {
    id: derivedId(),
    contractAddress: address('contract_address').notNull(),
    /** The contract's name on the interface, such as `ProductRegistry`. */
    kind: text('kind').notNull(),
    instanceId: uint256('instance_id'),
    ownerId: uuidRef('owner_id').references(() => users.id),
    name: text('name'),
    symbol: text('symbol'),
    /** A registry's organisation type, a compliance contract's industry type. */
    category: text('category'),
    productRegistryAddress: address('product_registry_address'),
    metadataUri: text('metadata_uri'),
    isActive: boolean('is_active').notNull(),
    createdAt: instant('created_at').notNull(),
    deactivatedAt: instant('deactivated_at'),
    ...provenance(),
  },
  (table) => [
    provenanceCheck('factory_contracts'),
    unique('factory_contracts_contract_key').on(table.chainId, table.contractAddress),
    index('factory_contracts_factory_index').on(table.chainId, table.smartContractAddress),
    index('factory_contracts_owner_id_index').on(table.ownerId),
  ],
);
