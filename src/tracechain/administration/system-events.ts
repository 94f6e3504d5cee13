/**
 * Administration as `system_events`: roles, pauses, fees, authorisations, ownership. One row per event, with
 * its arguments.
 */
import type { ChainEvent } from '../../engine/contract/events.ts';
import type { ContractKind, EventName } from '../../engine/contract/kind.ts';
import type { ChainRow } from '../../engine/tables.ts';
import type { Address } from '../../primitives/hex.ts';
import { leafId } from '../../primitives/ids.ts';
import type { Write } from '../../engine/projection/entity.ts';
import type { Handler } from '../../engine/projection/projection.ts';

const pausable = ['OwnershipTransferred', 'Paused', 'Unpaused'] as const;

const administrativeEvents = {
  ProductRegistry: pausable,
  NFTCertificate: [...pausable, 'BatchMetadataUpdate'],
  NFTFactory: ['OwnershipTransferred', 'DeploymentFeeUpdated'],
  ProductFactory: [...pausable, 'DeployerAuthorized', 'DeploymentFeeUpdated'],
  ComplianceFactory: [...pausable, 'DeployerAuthorized', 'DeploymentFeeUpdated'],
  TraceToken: [...pausable, 'DistributorAuthorized'],
  PaymentContract: [...pausable, 'ArbitratorAuthorized', 'PlatformFeeUpdated', 'FeeRecipientUpdated'],
  RewardsDistributor: [
    ...pausable,
    'RewardRateUpdated',
    'CategoryToggled',
    'ProcessorAuthorized',
    'SuspiciousActivityDetected',
  ],
  ComplianceContract: [...pausable, 'AuditorAuthorized'],
  TraceAccessControl: [
    ...pausable,
    'RoleGranted',
    'RoleRevoked',
    'RoleAdminChanged',
    'AddressBlacklisted',
    'AddressLimitUpdated',
    'UserActivityUpdated',
    'MultiSigConfigCreated',
    'MultiSigProposalCreated',
    'MultiSigProposalSigned',
    'MultiSigProposalExecuted',
  ],
} as const satisfies { readonly [Kind in ContractKind]?: readonly EventName<Kind>[] };

const warnings: ReadonlySet<string> = new Set(['Paused', 'AddressBlacklisted', 'SuspiciousActivityDetected']);

/**
 * The arguments that name one or several wallets. A proposal's `target` is not among them, because it is the
 * contract to call. Listed by name, because a text argument may look like an address.
 */
const walletArguments = [
  'account',
  'arbitrator',
  'auditor',
  'deployer',
  'distributor',
  'newOwner',
  'newRecipient',
  'previousOwner',
  'processor',
  'proposer',
  'sender',
  'signer',
  'signers',
  'user',
] as const;

export const systemEventHandlers: readonly Handler[] = Object.entries(administrativeEvents).flatMap(
  ([kind, names]) =>
    names.map((name) => ({
      kind: kind as ContractKind,
      name,
      entities: () => undefined,
      apply: insertSystemEvent,
    })),
);

function insertSystemEvent(event: ChainEvent, _: unknown, write: Write): void {
  const { chainId, hash: blockHash, timestamp } = event.block;
  const { logIndex } = event.log;
  for (const wallet of walletsOf(event)) write.user(wallet);
  write.insert('systemEvents', leafId({ chainId, table: 'system_events', blockHash, logIndex }, timestamp), {
    eventType: event.name,
    // Big numbers among the arguments become decimal text when the row is made storable.
    eventData: { contract: event.kind, arguments: event.args } as ChainRow<'systemEvents'>['eventData'],
    severity: warnings.has(event.name) ? 'warning' : 'info',
    source: 'chain',
  });
}

function walletsOf(event: ChainEvent): Address[] {
  return walletArguments.flatMap((name) => {
    const value = event.args[name] as Address | readonly Address[] | undefined;
    return value ?? [];
  });
}
