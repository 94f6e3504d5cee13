import { getContractAddress } from 'viem';
import { toAddress } from '../../../primitives/hex.ts';
import type { Address } from '../../../primitives/hex.ts';
import { callOf, deploymentGas } from '../action.ts';
import { contractAt } from '../contracts.ts';
import { goods, organizations } from '../vocabulary.ts';
import type { KnownContract } from '../world/known-contracts.ts';
import { registration } from './products.ts';
import { actorAt, openContract } from './step.ts';
import type { Scene, Step } from './step.ts';

/** Limits the number of children: one per this number of logs. */
const logsPerChild = 1500;

function factoryWithRoom(scene: Scene, kind: KnownContract['kind']): KnownContract | undefined {
  const factory = openContract(scene, kind);
  if (factory === undefined) return undefined;
  const children = scene.world.contracts.childrenOf(factory.address).length;
  return children < 1 + scene.world.logCount / logsPerChild ? factory : undefined;
}

function deploymentOf(factory: KnownContract) {
  return {
    valueWei: factory.deploymentFeeWei,
    gas: deploymentGas,
    claims: [`factory:${factory.address}`],
  };
}

/** The address of a factory's next child: a new contract's nonce is 1, and a factory sends nothing but creations. */
function nextChild({ world }: Scene, factory: KnownContract): Address {
  const nonce = BigInt(world.contracts.childrenOf(factory.address).length + 1);
  return toAddress(getContractAddress({ from: factory.address, nonce }));
}

/** A maker creates a registry, and registers a product in it in the same block, before its address is known. */
const openRegistry: Step = {
  name: 'open registry',
  weight: 0.3,
  causes: ['ProductFactory.RegistryCreated'],
  plan(scene) {
    const { random, cast } = scene;
    const factory = factoryWithRoom(scene, 'ProductFactory');
    if (factory === undefined) return [];
    const maker = random.pick(cast.makers).address;
    const { name, type } = random.pick(organizations);
    const deployment = [name, type, `ipfs://bafkrei${random.bytes(16).slice(2)}`] as const;
    const contract = contractAt('ProductFactory', factory.address);
    return [
      callOf(contract, maker, 'deployRegistry', deployment, deploymentOf(factory)),
      registration(scene, nextChild(scene, factory), maker),
    ];
  },
};

const openCertificateContract: Step = {
  name: 'open certificate contract',
  weight: 0.3,
  causes: ['NFTFactory.NFTCertificateDeployed'],
  plan(scene) {
    const { random, cast } = scene;
    const factory = factoryWithRoom(scene, 'NFTFactory');
    if (factory === undefined) return [];
    const maker = random.pick(cast.makers);
    const symbol = maker.name.replaceAll(/[^A-Z]/g, '');
    const deployment = [`${maker.name} certificates`, symbol, 'https://certificates.example/'] as const;
    const contract = contractAt('NFTFactory', factory.address);
    return [callOf(contract, maker.address, 'deployNFTCertificate', deployment, deploymentOf(factory))];
  },
};

const openComplianceContract: Step = {
  name: 'open compliance contract',
  weight: 0.3,
  causes: ['ComplianceFactory.ComplianceContractCreated'],
  plan(scene) {
    const { random, cast, world } = scene;
    const factory = factoryWithRoom(scene, 'ComplianceFactory');
    const registry = random.find(world.contracts.ofKind('ProductRegistry'), () => true);
    if (factory === undefined || registry === undefined) return [];
    const auditor = random.pick(cast.auditors);
    const deployment = [
      registry.address,
      world.contracts.first('NFTCertificate').address,
      world.contracts.first('TraceToken').address,
      random.pick(goods).productType,
      auditor.name,
      `ipfs://bafkrei${random.bytes(16).slice(2)}`,
    ] as const;
    const contract = contractAt('ComplianceFactory', factory.address);
    return [callOf(contract, auditor.address, 'deployComplianceContract', deployment, deploymentOf(factory))];
  },
};

interface ChildCall {
  readonly factory: Address;
  readonly child: Address;
  readonly creator: Address;
}

/** A child that one of the accounts requested: only that account may change its entry in the factory. */
function childCall(scene: Scene, kind: KnownContract['kind'], isActive: boolean): ChildCall | undefined {
  const { random, world } = scene;
  const child = random.find(
    world.contracts.ofKind(kind),
    (contract) =>
      contract.creator !== null &&
      contract.isActive === isActive &&
      actorAt(scene, contract.creator) !== undefined,
  );
  if (child === undefined || child.factory === null || child.creator === null) return undefined;
  return { factory: child.factory, child: child.address, creator: child.creator };
}

const closeRegistry: Step = {
  name: 'close registry',
  weight: 0.1,
  causes: ['ProductFactory.RegistryDeactivated'],
  plan(scene) {
    const found = childCall(scene, 'ProductRegistry', true);
    if (found === undefined) return [];
    const factory = contractAt('ProductFactory', found.factory);
    const claims = [`child:${found.child}`];
    return [callOf(factory, found.creator, 'deactivateRegistry', [found.child], { claims })];
  },
};

const reopenRegistry: Step = {
  name: 'reopen registry',
  weight: 1,
  causes: ['ProductFactory.RegistryReactivated'],
  plan(scene) {
    const found = childCall(scene, 'ProductRegistry', false);
    if (found === undefined) return [];
    const factory = contractAt('ProductFactory', found.factory);
    const claims = [`child:${found.child}`];
    return [callOf(factory, found.creator, 'reactivateRegistry', [found.child], { claims })];
  },
};

const describeRegistry: Step = {
  name: 'describe registry',
  weight: 0.2,
  causes: ['ProductFactory.RegistryMetadataUpdated'],
  plan(scene) {
    const found = childCall(scene, 'ProductRegistry', true);
    if (found === undefined) return [];
    const factory = contractAt('ProductFactory', found.factory);
    const metadata = [found.child, `ipfs://bafkrei${scene.random.bytes(16).slice(2)}`] as const;
    return [callOf(factory, found.creator, 'updateRegistryMetadata', metadata)];
  },
};

const closeComplianceContract: Step = {
  name: 'close compliance contract',
  weight: 0.1,
  causes: ['ComplianceFactory.ComplianceContractDeactivated'],
  plan(scene) {
    const found = childCall(scene, 'ComplianceContract', true);
    if (found === undefined) return [];
    const factory = contractAt('ComplianceFactory', found.factory);
    const claims = [`child:${found.child}`];
    return [callOf(factory, found.creator, 'deactivateComplianceContract', [found.child], { claims })];
  },
};

const reopenComplianceContract: Step = {
  name: 'reopen compliance contract',
  weight: 1,
  causes: ['ComplianceFactory.ComplianceContractReactivated'],
  plan(scene) {
    const found = childCall(scene, 'ComplianceContract', false);
    if (found === undefined) return [];
    const factory = contractAt('ComplianceFactory', found.factory);
    const claims = [`child:${found.child}`];
    return [callOf(factory, found.creator, 'reactivateComplianceContract', [found.child], { claims })];
  },
};

const describeComplianceContract: Step = {
  name: 'describe compliance contract',
  weight: 0.2,
  causes: ['ComplianceFactory.ComplianceMetadataUpdated'],
  plan(scene) {
    const found = childCall(scene, 'ComplianceContract', true);
    if (found === undefined) return [];
    const factory = contractAt('ComplianceFactory', found.factory);
    const metadata = [found.child, `ipfs://bafkrei${scene.random.bytes(16).slice(2)}`] as const;
    return [callOf(factory, found.creator, 'updateComplianceMetadata', metadata)];
  },
};

export const factorySteps: readonly Step[] = [
  openRegistry,
  openCertificateContract,
  openComplianceContract,
  closeRegistry,
  reopenRegistry,
  describeRegistry,
  closeComplianceContract,
  reopenComplianceContract,
  describeComplianceContract,
];
