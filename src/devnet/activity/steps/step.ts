/** A step is something that people on the devnet do: a short sequence of actions, chosen by the world and by chance. */
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
  /** How often it is chosen, against the others'. */
  readonly weight: number;
  /** Events that each success emits. */
  readonly causes: readonly EventKey[];
  /** Whether nothing else may happen in the same round: a pause would make it fail. */
  readonly isDisruptive?: boolean;
  /** The actions in their order, or none where the world doesn't allow the step now. Changes nothing. */
  plan(scene: Scene): readonly Action[];
}

export const oneTokenWei = 10n ** 18n;

/** A member of the cast that may send from this address; undefined for strangers and for the visitor. */
export function actorAt({ cast }: Scene, address: Address): Actor | undefined {
  return cast.byAddress.get(address);
}

/** A contract of this kind that isn't paused, deactivated or owned by a stranger. */
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
