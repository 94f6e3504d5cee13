/** Administration of the contracts: administrative events, and the factories' children. */
import type { ChainEvent, TypedEvent } from '../../engine/contract/events.ts';
import type { ContractKind } from '../../engine/contract/kind.ts';
import type { ChainRow } from '../../engine/tables.ts';
import { type Address, zeroAddress } from '../../primitives/hex.ts';
import { entityId, type Uuid } from '../../primitives/ids.ts';
import { EffectError } from '../../engine/projection/shape.ts';
import { type Handler, on, type Projection } from '../../engine/projection/projection.ts';
import type { RowPatch, Rows } from '../../engine/projection/rows.ts';
import { systemEventHandlers } from './system-events.ts';

type Event = Pick<ChainEvent, 'block' | 'log'>;

const childHandlers: readonly Handler[] = [
  on('ProductFactory', 'RegistryCreated', {
    touch(event, wanted) {
      wanted.row('factoryContracts', childId(event, event.args.registryAddress));
    },
    apply(event, rows) {
      const { registryAddress, owner, organizationName, organizationType } = event.args;
      announce(event, rows, registryAddress, 'ProductRegistry', owner, {
        name: organizationName,
        category: organizationType,
      });
    },
  }),
  on('NFTFactory', 'NFTCertificateDeployed', {
    touch(event, wanted) {
      wanted.row('factoryContracts', childId(event, event.args.contractAddress));
    },
    apply(event, rows) {
      const { contractAddress, owner, instanceId, name, symbol } = event.args;
      announce(event, rows, contractAddress, 'NFTCertificate', owner, { instanceId, name, symbol });
    },
  }),
  on('ComplianceFactory', 'ComplianceContractCreated', {
    touch(event, wanted) {
      wanted.row('factoryContracts', childId(event, event.args.complianceAddress));
    },
    apply(event, rows) {
      const { complianceAddress, productRegistry, owner, industryType, organizationName } = event.args;
      announce(event, rows, complianceAddress, 'ComplianceContract', owner, {
        name: organizationName,
        category: industryType,
        productRegistryAddress: productRegistry === zeroAddress ? null : productRegistry,
      });
    },
  }),
  ...(['RegistryDeactivated', 'RegistryReactivated'] as const).map((name) =>
    on('ProductFactory', name, {
      touch(event, wanted) {
        wanted.row('factoryContracts', childId(event, event.args.registryAddress));
      },
      apply(event, rows) {
        rows.user(event.args.owner);
        changeChild(event, rows, event.args.registryAddress, activity(event));
      },
    }),
  ),
  ...(['ComplianceContractDeactivated', 'ComplianceContractReactivated'] as const).map((name) =>
    on('ComplianceFactory', name, {
      touch(event, wanted) {
        wanted.row('factoryContracts', childId(event, event.args.complianceAddress));
      },
      apply(event, rows) {
        rows.user(event.args.owner);
        changeChild(event, rows, event.args.complianceAddress, activity(event));
      },
    }),
  ),
  on('ProductFactory', 'RegistryMetadataUpdated', {
    touch(event, wanted) {
      wanted.row('factoryContracts', childId(event, event.args.registryAddress));
    },
    apply(event, rows) {
      const { registryAddress, newMetadataURI } = event.args;
      changeChild(event, rows, registryAddress, { metadataUri: newMetadataURI });
    },
  }),
  on('ComplianceFactory', 'ComplianceMetadataUpdated', {
    touch(event, wanted) {
      wanted.row('factoryContracts', childId(event, event.args.complianceAddress));
    },
    apply(event, rows) {
      const { complianceAddress, newMetadataURI } = event.args;
      changeChild(event, rows, complianceAddress, { metadataUri: newMetadataURI });
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

/** A contract has one row for all factories, so its id is derived from its address alone. */
function childId(event: Event, child: Address): Uuid {
  const { chainId } = event.block;
  return entityId({ chainId, contract: child, table: 'factory_contracts', number: 0n });
}

type ChildDetails = Pick<
  RowPatch<'factoryContracts'>,
  'instanceId' | 'name' | 'symbol' | 'category' | 'productRegistryAddress'
>;

/** Makes a child's row. If its own factory announces the child again, the row takes the latest values. */
function announce(
  event: Event,
  rows: Rows,
  child: Address,
  kind: ContractKind,
  owner: Address,
  details: ChildDetails,
): void {
  const id = childId(event, child);
  const values = { kind, ownerId: rows.user(owner), ...details };
  if (rows.get('factoryContracts', id) !== undefined) return changeChild(event, rows, child, values);
  rows.insert('factoryContracts', {
    id,
    contractAddress: child,
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
function changeChild(event: Event, rows: Rows, child: Address, patch: RowPatch<'factoryContracts'>): void {
  const known = rows.get('factoryContracts', childId(event, child));
  if (known === undefined) throw new EffectError(`no factory has announced ${child}`);
  if (known.smartContractAddress !== event.log.address)
    throw new EffectError(
      `${child} is a child of ${known.smartContractAddress}, not of ${event.log.address}`,
    );
  rows.update('factoryContracts', known.id, patch);
}

type ActivityEvent =
  | TypedEvent<'ProductFactory', 'RegistryDeactivated' | 'RegistryReactivated'>
  | TypedEvent<'ComplianceFactory', 'ComplianceContractDeactivated' | 'ComplianceContractReactivated'>;

function activity(event: ActivityEvent): Pick<ChainRow<'factoryContracts'>, 'isActive' | 'deactivatedAt'> {
  const isActive = event.name === 'RegistryReactivated' || event.name === 'ComplianceContractReactivated';
  return { isActive, deactivatedAt: isActive ? null : event.block.timestamp };
}
