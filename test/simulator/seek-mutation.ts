/** Runs seeds on a daemon without a safeguard until a run fails. */
import { readFile } from 'node:fs/promises';
import { planDirected, type Mutation } from './daemon/mutations.ts';
import { type RunOutcome, runSeed } from './run.ts';
import type { Site } from './site/site.ts';

/**
 * Throws if the safeguard is missing from the source: the mutated daemon would not start, which must not
 * count as a detection.
 */
async function requireSafeguard({ name, file, find }: Mutation): Promise<void> {
  const text = await readFile(new URL(`../../src/${file}`, import.meta.url), 'utf8');
  if (!text.includes(find)) throw new Error(`the mutation ${name} doesn't find its safeguard in src/${file}`);
}

export interface SabotageFinding {
  readonly mutation: Mutation;
  /** The run that failed; null if none did. */
  readonly seenBy: RunOutcome | null;
  readonly runs: number;
  readonly durationMs: number;
}

/** The simulator does not detect the mutation if this many directed runs pass. */
const mostRuns = 10;

export async function seekSabotage(
  site: Site,
  mutation: Mutation,
  firstSeed: number,
): Promise<SabotageFinding> {
  const startedAt = performance.now();
  await requireSafeguard(mutation);
  let runs = 0;
  let seenBy: RunOutcome | null = null;
  for (let seed = firstSeed; seenBy === null && runs < mostRuns; seed += 1) {
    const plan = planDirected(mutation, seed);
    runs += 1;
    const outcome = await runSeed(site, plan, mutation.name);
    // A run that also fails without the mutation proves nothing.
    if (outcome.failures.length > 0 && (await runSeed(site, plan)).failures.length === 0) seenBy = outcome;
  }
  return { mutation, seenBy, runs, durationMs: Math.round(performance.now() - startedAt) };
}
