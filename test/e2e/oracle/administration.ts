/** Administration: the events that change nothing else, and the factories' children as the factories' events tell them. */
import { zeroAddress } from 'viem';
import { nftFactoryAbi } from '../../../abis/index.ts';
import { eventsOf, known } from './history.ts';
import type { History, HistoryEvent, Kind, TypedEvent } from './history.ts';
import { groupBy, number, provenance, user } from './row.ts';
import type { ExpectedRow, ExpectedTables, Value } from './row.ts';

/** Events that have an effect of their own, or none: all others are administration. */
const otherEvents: Readonly<Record<Kind, readonly string[]>> = {
  ProductRegistry: [
    'ProductRegistered',
    'CheckpointAdded',
    'StakeholderAdded',
    'StakeholderRemoved',
    'ProductUpdated',
    'ProductDeleted',
    'ProductReactivated',
    'CheckpointUpdated',
  ],
  NFTCertificate: [
    'CertificateMinted',
    'CertificateVerified',
    'CertificateInvalidated',
    'Transfer',
    'MetadataUpdate',
    'Approval',
    'ApprovalForAll',
  ],
  NFTFactory: ['NFTCertificateDeployed'],
  ProductFactory: [
    'RegistryCreated',
    'RegistryDeactivated',
    'RegistryReactivated',
    'RegistryMetadataUpdated',
  ],
  ComplianceFactory: [
    'ComplianceContractCreated',
    'ComplianceContractDeactivated',
    'ComplianceContractReactivated',
    'ComplianceMetadataUpdated',
  ],
  TraceToken: [
    'Transfer',
    'Approval',
    'RewardDistributed',
    'TokensStaked',
    'TokensUnstaked',
    'StakingRewardsClaimed',
    'VestingScheduleCreated',
    'TokensReleased',
  ],
  PaymentContract: [
    'PaymentCreated',
    'PaymentCompleted',
    'PaymentCancelled',
    'DisputeInitiated',
    'DisputeResolved',
    'MilestoneCreated',
    'MilestoneCompleted',
  ],
  RewardsDistributor: ['RewardAccrued', 'RewardsClaimed'],
  ComplianceContract: [
    'RuleAdded',
    'RuleUpdated',
    'ComplianceChecked',
    'ProductCompliant',
    'EvidenceUpdated',
    'StandardSupported',
  ],
  TraceAccessControl: [],
};

const warnings = ['Paused', 'AddressBlacklisted', 'SuspiciousActivityDetected'];

export async function expectAdministration(history: History): Promise<ExpectedTables> {
  const administrative = history.events.filter(({ kind, name }) => !otherEvents[kind].includes(name));
  return {
    system_events: administrative.map((event) => systemEventRow(history, event)),
    factory_contracts: await childRows(history),
  };
}

function systemEventRow(history: History, event: HistoryEvent): ExpectedRow {
  return {
    event_type: event.name,
    event_data: { contract: event.kind, arguments: jsonOf(event.args) },
    severity: warnings.includes(event.name) ? 'warning' : 'info',
    source: 'chain',
    created_at: number(event.block.timestamp),
    ...provenance(history.chainId, event),
  };
}

/** Numbers of any size as decimal text. */
function jsonOf(value: unknown): Value {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map(jsonOf);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, jsonOf(inner)]));
  return value as Value;
}

type FactoryEvent =
  | TypedEvent<'NFTFactory', 'NFTCertificateDeployed'>
  | TypedEvent<
      'ProductFactory',
      'RegistryCreated' | 'RegistryDeactivated' | 'RegistryReactivated' | 'RegistryMetadataUpdated'
    >
  | TypedEvent<
      'ComplianceFactory',
      | 'ComplianceContractCreated'
      | 'ComplianceContractDeactivated'
      | 'ComplianceContractReactivated'
      | 'ComplianceMetadataUpdated'
    >;

async function childRows(history: History): Promise<ExpectedRow[]> {
  const events: FactoryEvent[] = [
    ...eventsOf(history, 'NFTFactory', 'NFTCertificateDeployed'),
    ...eventsOf(
      history,
      'ProductFactory',
      'RegistryCreated',
      'RegistryDeactivated',
      'RegistryReactivated',
      'RegistryMetadataUpdated',
    ),
    ...eventsOf(
      history,
      'ComplianceFactory',
      'ComplianceContractCreated',
      'ComplianceContractDeactivated',
      'ComplianceContractReactivated',
      'ComplianceMetadataUpdated',
    ),
  ];
  const children = [...groupBy(events, childOf).entries()];
  return await Promise.all(children.map(([child, group]) => childRow(history, child, group)));
}

function childOf({ args }: FactoryEvent): string {
  if ('registryAddress' in args) return args.registryAddress;
  return 'contractAddress' in args ? args.contractAddress : args.complianceAddress;
}

async function childRow(
  history: History,
  child: string,
  events: readonly FactoryEvent[],
): Promise<ExpectedRow> {
  const [made, ...changes] = events as [FactoryEvent, ...FactoryEvent[]];
  const switched = events.findLast(
    ({ name }) => name.endsWith('Deactivated') || name.endsWith('Reactivated'),
  );
  const isActive = !switched?.name.endsWith('Deactivated');
  const described = events.findLast(({ name }) => name.endsWith('MetadataUpdated'));
  return {
    contract_address: child,
    instance_id: null,
    symbol: null,
    category: null,
    product_registry_address: null,
    ...(await announced(history, made)),
    // Only an event says it: a factory has no read that tells what a child was deployed with.
    metadata_uri:
      described === undefined
        ? null
        : String(known(described.args as { newMetadataURI?: string }).newMetadataURI),
    is_active: isActive,
    created_at: number(made.block.timestamp),
    deactivated_at: isActive || switched === undefined ? null : number(switched.block.timestamp),
    ...provenance(history.chainId, made, changes),
  };
}

async function announced({ client, head }: History, made: FactoryEvent): Promise<ExpectedRow> {
  switch (made.name) {
    case 'RegistryCreated': {
      const { owner, organizationName: name, organizationType: category } = made.args;
      return { kind: 'ProductRegistry', owner_id: user(owner), name, category };
    }
    case 'ComplianceContractCreated': {
      const { owner, organizationName: name, industryType: category, productRegistry } = made.args;
      const product_registry_address = productRegistry === zeroAddress ? null : productRegistry;
      return { kind: 'ComplianceContract', owner_id: user(owner), name, category, product_registry_address };
    }
    case 'NFTCertificateDeployed': {
      const [, name, symbol, owner] = await client.readContract({
        abi: nftFactoryAbi,
        address: made.address,
        functionName: 'getNFTInstance',
        args: [made.args.instanceId],
        blockNumber: head.number,
      });
      const instance_id = number(made.args.instanceId);
      return { kind: 'NFTCertificate', owner_id: user(owner), instance_id, name, symbol };
    }
    default:
      throw new Error(`${made.name} doesn't announce a child`);
  }
}
