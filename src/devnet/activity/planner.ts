/** Chooses the next round: actions that can all be mined in one block. */
import type { Action } from './action.ts';
import { steps } from './steps/index.ts';
import { planUnpauses } from './steps/pauses.ts';
import type { Scene, Step } from './steps/step.ts';

/** The maximum number of choices per action that may fall on steps that the world does not allow. */
const attemptsPerAction = 12;

const ordinarySteps = steps.filter(({ isDisruptive }) => isDisruptive !== true);
const disruptiveSteps = steps.filter(({ isDisruptive }) => isDisruptive === true);

/**
 * Plans the next round, of `size` actions or a few more, or fewer if the world allows too few. All steps occur in the long run. Changes neither
 * world nor accounts: the same scene and randomness give the same round.
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
 * Plans a round that prefers new events: each step with an event that has not occurred comes first, and other steps fill the
 * rest. Pauses wait until no other missing event can occur now.
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

/** The planned actions and their claims. */
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
