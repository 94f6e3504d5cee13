import type { Address } from '../../../primitives/hex.ts';
import type { Action } from '../action.ts';
import type { EventKey, FixtureKind } from '../contracts.ts';
import { openContract } from './step.ts';
import type { Scene, Step } from './step.ts';

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
