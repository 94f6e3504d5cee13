import type { Address } from '../../../primitives/hex.ts';
import { callOf } from '../action.ts';
import type { Action } from '../action.ts';
import { contractAt } from '../contracts.ts';
import type { KnownContract } from '../world/known-contracts.ts';
import { actorAt, openContract } from './step.ts';
import type { Scene, Step } from './step.ts';

/** Every kind except the NFTFactory, which can't be paused. */
const pausableKinds = [
  'ProductRegistry',
  'NFTCertificate',
  'ProductFactory',
  'ComplianceFactory',
  'TraceToken',
  'PaymentContract',
  'RewardsDistributor',
  'ComplianceContract',
  'TraceAccessControl',
] as const;
type PausableKind = (typeof pausableKinds)[number];

function isPausable(kind: KnownContract['kind']): kind is PausableKind {
  return kind !== 'NFTFactory';
}

function pause(kind: PausableKind, address: Address, owner: Address): Action {
  return kind === 'TraceToken'
    ? callOf(contractAt(kind, address), owner, 'emergencyPause', [])
    : callOf(contractAt(kind, address), owner, 'pause', []);
}

function unpause(kind: PausableKind, address: Address, owner: Address): Action {
  return kind === 'TraceToken'
    ? callOf(contractAt(kind, address), owner, 'emergencyUnpause', [])
    : callOf(contractAt(kind, address), owner, 'unpause', []);
}

/** A pause makes other calls of the contract fail, so its round has no other step. */
export const pauseSteps: readonly Step[] = pausableKinds.map((kind) => ({
  name: `pause ${kind}`,
  weight: 0.02,
  causes: [`${kind}.Paused`],
  isDisruptive: true,
  plan(scene) {
    const contract = openContract(scene, kind);
    return contract === undefined ? [] : [pause(kind, contract.address, contract.owner)];
  },
}));

/** Paused contracts are unpaused in the next round. */
export function planUnpauses(scene: Scene): Action[] {
  return scene.world.contracts.list.flatMap(({ kind, address, owner, isPaused }) =>
    isPaused && isPausable(kind) && actorAt(scene, owner) !== undefined
      ? [unpause(kind, address, owner)]
      : [],
  );
}
