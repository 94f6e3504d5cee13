/** A step is a short sequence of actions, chosen by the state of the world and at random. */
import type { Address } from '../../../primitives/hex.ts';
import type { Action } from '../action.ts';
import type { Actor, Accounts } from '../accounts.ts';
import type { EventKey, FixtureKind } from '../contracts.ts';
import type { Random } from '../random.ts';
import type { KnownContract } from '../world/known-contracts.ts';
import type { World } from '../world/world.ts';

export interface Scene {
  readonly world: World;
  readonly cast: Accounts;
  readonly random: Random;
}

export interface Step {
  readonly name: string;
  /** Its weight in the random choice. */
  readonly weight: number;
  /** Events that each success emits. */
  readonly causes: readonly EventKey[];
  /** Whether its round has no other step, for example because a pause would make others fail. */
  readonly isDisruptive?: boolean;
  /** Returns the actions in their order, or none if the world does not allow the step now. Pure. */
  plan(scene: Scene): readonly Action[];
}

export const oneTokenWei = 10n ** 18n;

/** Returns the account of the activity with this address; undefined for other addresses and for the visitor. */
export function actorAt({ cast }: Scene, address: Address): Actor | undefined {
  return cast.byAddress.get(address);
}

/** Returns a contract of this kind that is not paused, not deactivated, and owned by an account of the activity. */
export function openContract(
  scene: Scene,
  kind: FixtureKind,
  fits: (contract: KnownContract) => boolean = () => true,
): KnownContract | undefined {
  return scene.random.find(
    scene.world.contracts.ofKind(kind),
    (contract) =>
      !contract.isPaused &&
      contract.isActive &&
      actorAt(scene, contract.owner) !== undefined &&
      fits(contract),
  );
}

export function isOpen({ world }: Scene, address: Address): boolean {
  const contract = world.contracts.at(address);
  return contract !== undefined && !contract.isPaused;
}

/** A step that a contract's owner takes alone. */
export function ownerStep(
  kind: FixtureKind,
  name: string,
  causes: readonly EventKey[],
  plan: (scene: Scene, address: Address, owner: Address) => readonly Action[],
  weight = 0.15,
): Step {
  return {
    name,
    weight,
    causes,
    plan(scene) {
      const contract = openContract(scene, kind);
      return contract === undefined ? [] : plan(scene, contract.address, contract.owner);
    },
  };
}
