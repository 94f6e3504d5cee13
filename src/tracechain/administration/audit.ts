/**
 * Audits the factories' children against the factories' lists. (Administrative events leave no state that a
 * row shows.)
 */
import { complianceFactoryAbi, nftFactoryAbi, productFactoryAbi } from '../../../abis/index.ts';
import type { IndexedContract } from '../../engine/contract/kind.ts';
import type { ReadPlan } from '../../engine/contract/read-plan.ts';
import { recordViewOf, viewOf } from '../../engine/contract/views.ts';
import { isAddress, type Address, zeroAddress } from '../../primitives/hex.ts';
import { entityId, type Uuid } from '../../primitives/ids.ts';
import { areaAudit, notInContractState } from '../../engine/audit/expectations/area-audit.ts';
import {
  type Expectation,
  type EntityQuestion,
  entityKind,
} from '../../engine/audit/expectations/entity-kind.ts';
import { instant, text, user } from '../../engine/audit/expectations/column-values.ts';
import { countedFrom } from '../../engine/audit/expectations/lists.ts';

const instanceCount = viewOf(nftFactoryAbi, 'instanceCount');
const getNftInstance = recordViewOf(nftFactoryAbi, 'getNFTInstance');
const registries = viewOf(productFactoryAbi, 'registries');
const complianceContracts = viewOf(complianceFactoryAbi, 'complianceContracts');

const instances = entityKind<bigint>({
  name: 'instance',
  kind: 'NFTFactory',
  *listed({ address, answerOf }) {
    const [result] = yield [instanceCount.request(address, [])];
    return countedFrom(0n, answerOf(instanceCount, result));
  },
  told: ({ kind, args }) =>
    kind === 'NFTFactory' && typeof args['instanceId'] === 'bigint' ? [args['instanceId']] : [],
  rows: { factoryContracts: (row) => row['instanceId'] as bigint | null },
  read: readInstance,
});

const registryEntities = entityKind<Address>({
  name: 'registry',
  kind: 'ProductFactory',
  isKey: isAddress,
  told: ({ kind, args }) =>
    kind === 'ProductFactory' && typeof args['registryAddress'] === 'string'
      ? [args['registryAddress'] as Address]
      : [],
  rows: { factoryContracts: (row) => row['contractAddress'] as Address },
  read: readRegistry,
});

const complianceContractEntities = entityKind<Address>({
  name: 'compliance contract',
  kind: 'ComplianceFactory',
  isKey: isAddress,
  told: ({ kind, args }) =>
    kind === 'ComplianceFactory' && typeof args['complianceAddress'] === 'string'
      ? [args['complianceAddress'] as Address]
      : [],
  rows: { factoryContracts: (row) => row['contractAddress'] as Address },
  read: readComplianceContract,
});

export const administration = areaAudit('administration', {
  tables: {
    systemEvents: notInContractState('administrative events leave no state that a getter would show'),
    factoryContracts: [instances, registryEntities, complianceContractEntities],
  },
});

function* readInstance({
  contract,
  key,
  answerOf,
}: EntityQuestion<bigint>): ReadPlan<readonly Expectation[]> {
  const [result] = yield [getNftInstance.request(contract.address, [key])];
  const instance = answerOf(getNftInstance, result);
  if (instance === null) return [];
  const [child, name, symbol, owner, createdAt, isActive] = instance;
  const values = {
    kind: 'NFTCertificate',
    instanceId: key,
    ownerId: user(owner),
    name: text(name),
    symbol: text(symbol),
    createdAt: instant(createdAt),
    isActive,
  };
  return [childClaim(contract, child, values)];
}

function* readRegistry(question: EntityQuestion<Address>): ReadPlan<readonly Expectation[]> {
  const { contract, key } = question;
  const [result] = yield [registries.request(contract.address, [key])];
  const info = question.answerOf(registries, result);
  if (info === null || info[0] === zeroAddress) return [];
  const [owner, name, category, metadata, createdAt, isActive] = info;
  const values = {
    kind: 'ProductRegistry',
    ownerId: user(owner),
    name: text(name),
    category: text(category),
    createdAt: instant(createdAt),
    isActive,
    ...metadataOf(question, metadata),
  };
  return [childClaim(contract, key, values)];
}

function* readComplianceContract(question: EntityQuestion<Address>): ReadPlan<readonly Expectation[]> {
  const { contract, key } = question;
  const [result] = yield [complianceContracts.request(contract.address, [key])];
  const info = question.answerOf(complianceContracts, result);
  if (info === null || info[0] === zeroAddress) return [];
  const [owner, name, metadata, createdAt, isActive] = info;
  const values = {
    kind: 'ComplianceContract',
    ownerId: user(owner),
    name: text(name),
    createdAt: instant(createdAt),
    isActive,
    ...metadataOf(question, metadata),
  };
  return [childClaim(contract, key, values)];
}

/** A child's creation does not state its metadata; the row has none until the first update. */
function metadataOf({ contract, key, reference }: EntityQuestion<Address>, metadata: string) {
  const row = reference.row('factoryContracts', childId(contract, key));
  return row === undefined || row['metadataUri'] === null ? {} : { metadataUri: text(metadata) };
}

function childClaim(contract: IndexedContract, child: Address, values: Expectation['values']): Expectation {
  return {
    table: 'factoryContracts',
    rowId: childId(contract, child),
    entity: `child ${child}`,
    exists: true,
    values: { contractAddress: child, ...values },
  };
}

/** A contract has one row for all factories, so its id is derived from its address. */
function childId({ chainId }: IndexedContract, child: Address): Uuid {
  return entityId({ chainId, contract: child, table: 'factory_contracts', number: 0n });
}
