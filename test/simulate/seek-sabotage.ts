/** Tries seeds on a daemon that lacks a safeguard, until the lack shows. */
import type { Sabotage } from './daemon/sabotages.ts';
import { planRun, type RunPlan } from './plan.ts';
import { type RunOutcome, runSeed } from './run.ts';
import type { Site } from './site/site.ts';

export interface SabotageFinding {
  readonly sabotage: Sabotage;
  /** The run that failed; null where none did. */
  readonly seenBy: RunOutcome | null;
  readonly runs: number;
  readonly durationMs: number;
}

/** A lack that doesn't show in so many runs in which it could is one that the simulator doesn't see. */
const mostRuns = 15;
const mostPlans = 10_000;

export async function seekSabotage(
  site: Site,
  sabotage: Sabotage,
  firstSeed: number,
): Promise<SabotageFinding> {
  const startedAt = performance.now();
  let runs = 0;
  let seenBy: RunOutcome | null = null;
  for (const plan of fittingPlans(sabotage, firstSeed)) {
    runs += 1;
    const outcome = await runSeed(site, plan, sabotage.name);
    // What fails without the sabotage too says nothing of it.
    if (outcome.failures.length > 0 && (await runSeed(site, plan)).failures.length === 0) seenBy = outcome;
    if (seenBy !== null || runs >= mostRuns) break;
  }
  return { sabotage, seenBy, runs, durationMs: Math.round(performance.now() - startedAt) };
}

function* fittingPlans({ shows }: Sabotage, firstSeed: number): Generator<RunPlan> {
  for (let seed = firstSeed; seed < firstSeed + mostPlans; seed += 1) {
    const plan = planRun(seed);
    if (shows(plan)) yield plan;
  }
}
