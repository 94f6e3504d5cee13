/** Chooses what happens next: rounds of actions that can all be mined in one block. */
import type { Action } from './action.ts';
import { steps } from './steps/index.ts';
import { planUnpauses } from './steps/pauses.ts';
import type { Scene, Step } from './steps/step.ts';

/** How many choices a round may waste on steps that the world doesn't allow, for each action wanted. */
const attemptsPerAction = 12;

const ordinarySteps = steps.filter(({ isDisruptive }) => isDisruptive !== true);
const disruptiveSteps = steps.filter(({ isDisruptive }) => isDisruptive === true);

/**
 * The next round, of `size` actions or a few more; fewer where the world is still too empty. Everyday life, in which all
 * steps come up in the end. Changes neither world nor cast: the same scene and randomness give the same round.
 */
export function planRound(scene: Scene, size: number): readonly Action[] {
  const unpauses = planUnpauses(scene);
  if (unpauses.length > 0) return unpauses;
  const round = new Round();
  for (let attempt = 0; attempt < size * attemptsPerAction && round.actions.length < size; attempt++) {
    const step = chooseStep(scene);
    if (step.isDisruptive !== true) round.add(step.plan(scene));
    else if (round.actions.length === 0 && round.add(step.plan(scene))) break;
  }
  return round.actions;
}

/**
 * A round that prefers what never happened before: each step with an event that the world hasn't seen comes first, and
 * everyday life fills up the rest. Pauses wait until nothing else is missing that could be done now.
 */
export function planCoveringRound(scene: Scene, size: number): readonly Action[] {
  const unpauses = planUnpauses(scene);
  if (unpauses.length > 0) return unpauses;
  const round = new Round();
  for (const step of ordinarySteps.filter((candidate) => isMissing(scene, candidate))) {
    round.add(step.plan(scene));
  }
  if (round.actions.length === 0) {
    for (const step of disruptiveSteps.filter((candidate) => isMissing(scene, candidate))) {
      round.add(step.plan(scene));
    }
    if (round.actions.length > 0) return round.actions;
  }
  for (let attempt = 0; attempt < size * attemptsPerAction && round.actions.length < size; attempt++) {
    const step = chooseStep(scene);
    if (step.isDisruptive !== true) round.add(step.plan(scene));
  }
  return round.actions;
}

function isMissing({ world }: Scene, { causes }: Step): boolean {
  return causes.some((event) => !world.hasSeen(event));
}

/** What was planned so far, and what it claims. */
class Round {
  readonly actions: Action[] = [];
  readonly #claims = new Set<string>();

  /** Adds a step's actions, unless there are none or an earlier one's claims forbid them. */
  add(actions: readonly Action[]): boolean {
    const claims = actions.flatMap((action) => action.claims);
    if (actions.length === 0 || claims.some((claim) => this.#claims.has(claim))) return false;
    for (const claim of claims) this.#claims.add(claim);
    this.actions.push(...actions);
    return true;
  }
}

const totalWeight = steps.reduce((sum, { weight }) => sum + weight, 0);
const resolution = 1_000_000;

function chooseStep({ random }: Scene): Step {
  let remaining = (random.integer(0, resolution - 1) / resolution) * totalWeight;
  for (const step of steps) {
    remaining -= step.weight;
    if (remaining < 0) return step;
  }
  // Rounding may leave a last sliver of weight.
  return random.pick(steps);
}
