/** Tries seeds on a daemon that lacks a safeguard, until the lack shows. */
import { readFile } from 'node:fs/promises';
import { planDirected, type Mutation } from './daemon/mutations.ts';
import { type RunOutcome, runSeed } from './run.ts';
import type { Site } from './site/site.ts';

/** A daemon that can't be sabotaged doesn't start, which must not count as a lack that was seen. */
async function requireSafeguard({ name, file, find }: Mutation): Promise<void> {
  const text = await readFile(new URL(`../../src/${file}`, import.meta.url), 'utf8');
  if (!text.includes(find)) throw new Error(`the mutation ${name} doesn't find its safeguard in src/${file}`);
}

export interface SabotageFinding {
  readonly mutation: Mutation;
  /** The run that failed; null where none did. */
  readonly seenBy: RunOutcome | null;
  readonly runs: number;
  readonly durationMs: number;
}

/** A lack that doesn't show in so many runs that are made for it is one that the simulator doesn't see. */
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
    // What fails without the sabotage too says nothing of it.
    if (outcome.failures.length > 0 && (await runSeed(site, plan)).failures.length === 0) seenBy = outcome;
  }
  return { mutation, seenBy, runs, durationMs: Math.round(performance.now() - startedAt) };
}
