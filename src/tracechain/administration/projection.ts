/** Administration of the contracts: administrative events, and the factories' children. */
import type { ChainEvent, TypedEvent } from '../../engine/contract/events.ts';
import type { ChainRow } from '../../engine/tables.ts';
import { type Address, zeroAddress } from '../../primitives/hex.ts';
import { entityId } from '../../primitives/ids.ts';
import { EffectError } from '../../engine/projection/shape.ts';
import { type Handler, on, type Projection } from '../../engine/projection/projection.ts';
import type { Entity, Load, RowPatch } from '../../engine/projection/entity.ts';
import { systemEventHandlers } from './system-events.ts';

type Event = Pick<ChainEvent, 'block' | 'log'>;

const childHandlers: readonly Handler[] = [
  on('ProductFactory', 'RegistryCreated', {
    entities: (event, load) => childOf(event, event.args.registryAddress, load),
    apply(event, child, write) {
      const { registryAddress, owner, organizationName, organizationType } = event.args;
      announce(event, child, registryAddress, {
        kind: 'ProductRegistry',
        ownerId: write.user(owner),
        name: organizationName,
        category: organizationType,
      });
    },
  }),
  on('NFTFactory', 'NFTCertificateDeployed', {
    entities: (event, load) => childOf(event, event.args.contractAddress, load),
    apply(event, child, write) {
      const { contractAddress, owner, instanceId, name, symbol } = event.args;
      announce(event, child, contractAddress, {
        kind: 'NFTCertificate',
        ownerId: write.user(owner),
        instanceId,
        name,
        symbol,
      });
    },
  }),
  on('ComplianceFactory', 'ComplianceContractCreated', {
    entities: (event, load) => childOf(event, event.args.complianceAddress, load),
    apply(event, child, write) {
      const { complianceAddress, productRegistry, owner, industryType, organizationName } = event.args;
      announce(event, child, complianceAddress, {
        kind: 'ComplianceContract',
        ownerId: write.user(owner),
        name: organizationName,
        category: industryType,
        productRegistryAddress: productRegistry === zeroAddress ? null : productRegistry,
      });
    },
  }),
  ...(['RegistryDeactivated', 'RegistryReactivated'] as const).map((name) =>
    on('ProductFactory', name, {
      entities: (event, load) => childOf(event, event.args.registryAddress, load),
      apply(event, child, write) {
        write.user(event.args.owner);
        changeChild(event, child, event.args.registryAddress, activity(event));
      },
    }),
  ),
  ...(['ComplianceContractDeactivated', 'ComplianceContractReactivated'] as const).map((name) =>
    on('ComplianceFactory', name, {
      entities: (event, load) => childOf(event, event.args.complianceAddress, load),
      apply(event, child, write) {
        write.user(event.args.owner);
        changeChild(event, child, event.args.complianceAddress, activity(event));
      },
    }),
  ),
  on('ProductFactory', 'RegistryMetadataUpdated', {
    entities: (event, load) => childOf(event, event.args.registryAddress, load),
    apply(event, child) {
      const { registryAddress, newMetadataURI } = event.args;
      changeChild(event, child, registryAddress, { metadataUri: newMetadataURI });
    },
  }),
  on('ComplianceFactory', 'ComplianceMetadataUpdated', {
    entities: (event, load) => childOf(event, event.args.complianceAddress, load),
    apply(event, child) {
      const { complianceAddress, newMetadataURI } = event.args;
      changeChild(event, child, complianceAddress, { metadataUri: newMetadataURI });
    },
  }),
];

export const administration: Projection = {
  area: 'administration',
  version: 1,
  tables: ['factoryContracts', 'systemEvents'],
  lookups: [],
  handlers: [...systemEventHandlers, ...childHandlers],
};

type Child = Entity<'factoryContracts'>;

/** Names a child's row. It has one row for all factories, so the id is derived from its address alone. */
function childOf({ block: { chainId } }: Event, child: Address, load: Load): Child {
  return load.one(
    'factoryContracts',
    entityId({ chainId, contract: child, table: 'factory_contracts', number: 0n }),
  );
}

type Announced = Pick<ChainRow<'factoryContracts'>, 'kind' | 'ownerId'> &
  Pick<
    RowPatch<'factoryContracts'>,
    'instanceId' | 'name' | 'symbol' | 'category' | 'productRegistryAddress'
  >;

/** Makes a child's row. If its own factory announces the child again, the row takes the latest values. */
function announce(event: Event, child: Child, contractAddress: Address, values: Announced): void {
  if (child.row !== undefined) return changeChild(event, child, contractAddress, values);
  child.insert({
    contractAddress,
    instanceId: null,
    name: null,
    symbol: null,
    category: null,
    productRegistryAddress: null,
    metadataUri: null,
    isActive: true,
    deactivatedAt: null,
    ...values,
  });
}

/**
 * Throws EffectError for a contract that this factory did not create, because only the creator may change its
 * row.
 */
function changeChild(
  event: Event,
  child: Child,
  contractAddress: Address,
  patch: RowPatch<'factoryContracts'>,
): void {
  if (child.row === undefined) throw new EffectError(`no factory has announced ${contractAddress}`);
  const { smartContractAddress: factory } = child.row;
  if (factory !== event.log.address)
    throw new EffectError(`${contractAddress} is a child of ${factory}, not of ${event.log.address}`);
  child.update(patch);
}

type ActivityEvent =
  | TypedEvent<'ProductFactory', 'RegistryDeactivated' | 'RegistryReactivated'>
  | TypedEvent<'ComplianceFactory', 'ComplianceContractDeactivated' | 'ComplianceContractReactivated'>;

function activity(event: ActivityEvent): Pick<ChainRow<'factoryContracts'>, 'isActive' | 'deactivatedAt'> {
  const isActive = event.name === 'RegistryReactivated' || event.name === 'ComplianceContractReactivated';
  return { isActive, deactivatedAt: isActive ? null : event.block.timestamp };
}
