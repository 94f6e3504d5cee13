import { sql } from 'drizzle-orm';
import { boolean, check, index, jsonb, text, unique } from 'drizzle-orm/pg-core';
import { application, column, table } from '../../db/table.ts';
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
} from '../../db/columns.ts';
import { systemEventSeverity } from '../shared/enums.ts';
import { users } from '../shared/users.ts';

export const systemEvents = table(
  'system_events',
  'What happened beside the tables: administration on the chain, and what the daemon has to say.',
  {
    columns: {
      id: column(
        uuidRef('id')
          .primaryKey()
          .default(sql`gen_random_uuid()`),
        'The row’s id, derived from the chain: a rebuild gives the same.',
      ),
      eventType: column(
        text('event_type').notNull(),
        'A name of ours, such as an event’s in the ABI; never a contract’s text.',
      ),
      eventData: column(
        jsonb('event_data')
          .$type<JsonValue>()
          .notNull()
          .default(sql`'{}'::jsonb`),
        'What the event says.',
      ),
      severity: column(systemEventSeverity('severity').notNull().default('info'), 'How grave it is.'),
      source: column(text('source').notNull(), 'chain, daemon, or the application’s own word.'),
      createdAt: column(
        instant('created_at')
          .notNull()
          .default(sql`now()`),
        'When it happened: the block’s time for the chain’s.',
      ),
      processedAt: application(instant('processed_at'), 'The application’s: when somebody dealt with it.'),
      ...optionalProvenance(),
    },
    label: `event_type || ' in block ' || coalesce(block_number::text, '-')`,
    find: { text: 'event_type = $1::text' },
  },
  (columns) => [
    optionalProvenanceCheck('system_events'),
    check('system_events_event_type_check', sql`char_length(event_type) <= 200`),
    index('system_events_event_type_index').on(columns.eventType, columns.createdAt.desc().nullsFirst()),
    index('system_events_severity_index').on(columns.severity, columns.createdAt.desc().nullsFirst()),
    index('system_events_created_at_index').on(columns.createdAt),
    // For retention, which deletes only the application's events. Without it, retention would scan the
    // chain's events, which are permanent.
    index('system_events_own_index')
      .on(columns.createdAt)
      .where(sql`chain_id is null`),
    index('system_events_event_data_index').using('gin', columns.eventData.op('jsonb_path_ops')),
  ],
);

export const factoryContracts = table(
  'factory_contracts',
  'A factory’s children, as its events tell them; smart_contract_address is the factory.',
  {
    columns: {
      id: derivedId(),
      contractAddress: column(address('contract_address').notNull(), 'The contract, in lower-case hex.'),
      kind: column(text('kind').notNull(), 'The contract’s name on the interface, such as ProductRegistry.'),
      instanceId: column(uint256('instance_id'), 'The child’s number in its factory.'),
      ownerId: column(
        uuidRef('owner_id').references(() => users.id),
        'Who owns it now; null once there is no owner.',
      ),
      name: column(text('name'), 'As the contract has it.'),
      symbol: column(text('symbol'), 'The token’s symbol.'),
      category: column(
        text('category'),
        'A registry’s organisation type, a compliance contract’s industry type.',
      ),
      productRegistryAddress: column(
        address('product_registry_address'),
        'The registry that the child’s product ids mean.',
      ),
      metadataUri: column(text('metadata_uri'), 'Where the metadata lies.'),
      isActive: column(boolean('is_active').notNull(), 'Whether it is in effect now.'),
      createdAt: column(
        instant('created_at').notNull(),
        'When it came about: the block’s time for a row of the chain.',
      ),
      deactivatedAt: column(instant('deactivated_at'), 'The time of the block that deactivated it.'),
      ...provenance(),
    },
    label: `coalesce(name, kind) || ' at ' || contract_address`,
    find: { number: 'instance_id = $1::text::numeric', wallet: 'contract_address = lower($1::text)' },
  },
  (columns) => [
    provenanceCheck('factory_contracts'),
    unique('factory_contracts_contract_key').on(columns.chainId, columns.contractAddress),
    index('factory_contracts_factory_index').on(columns.chainId, columns.smartContractAddress),
    index('factory_contracts_owner_id_index').on(columns.ownerId),
  ],
);
