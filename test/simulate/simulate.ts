/** Many runs, and what came of them. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planRun } from './plan.ts';
import { runSeed, type RunOutcome } from './run.ts';
import { openSite, type Site } from './site/site.ts';

export interface SimulateOptions {
  readonly seed: number;
  readonly runs: number;
  readonly jobs: number;
  readonly sabotage?: string;
  readonly json?: true;
}

/** Returns the exit code. */
export async function simulate({ seed, runs, jobs, json }: SimulateOptions): Promise<number> {
  const seeds = Array.from({ length: runs }, (_, index) => seed + index);
  const outcomes = await runSeeds(seeds, Math.min(jobs, runs), (outcome) => {
    print(json === true ? asJson(outcome) : asLines(outcome));
  });
  print(takeOverLine(outcomes.flatMap(({ takeOversMs }) => takeOversMs)));
  const failed = outcomes.filter(({ failures }) => failures.length > 0).length;
  print(JSON.stringify({ runs, passed: runs - failed, failed, faults: sumFaults(outcomes) }));
  return failed === 0 ? 0 : 1;
}

/** Runs the seeds, some at once, each of those on a site of its own. */
export async function runSeeds(
  seeds: readonly number[],
  jobs: number,
  onOutcome: (outcome: RunOutcome) => void,
): Promise<RunOutcome[]> {
  const outcomes: RunOutcome[] = [];
  const waiting = [...seeds];
  const logFolder = join(tmpdir(), 'tracechain-simulations');
  async function work(): Promise<void> {
    const site: Site = await openSite(logFolder);
    try {
      for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
        const outcome = await runSeed(site, planRun(seed));
        outcomes.push(outcome);
        onOutcome(outcome);
      }
    } finally {
      await site.stop();
    }
  }
  await Promise.all(Array.from({ length: jobs }, work));
  return outcomes;
}

function asLines({ seed, failures, durationMs, faults, logFile }: RunOutcome): string {
  const told = [...faults].map(([fault, times]) => (times === 1 ? fault : `${fault} ×${times}`)).join(', ');
  if (failures.length === 0) return `seed ${seed} passed in ${durationMs} ms (${told || 'no faults'})`;
  return [
    `seed ${seed} FAILED in ${durationMs} ms (${told})`,
    ...failures.map((failure) => `  ${failure}`),
    `  log:    ${logFile}`,
    `  repeat: npm run simulate -- --seed ${seed} --runs 1`,
  ].join('\n');
}

function asJson({ faults, ...outcome }: RunOutcome): string {
  return JSON.stringify({ ...outcome, faults: Object.fromEntries(faults) });
}

function takeOverLine(takeOversMs: readonly number[]): string {
  const sorted = takeOversMs.toSorted((left, right) => left - right);
  const median = sorted[Math.floor(sorted.length / 2)];
  if (median === undefined) return 'take-overs: none';
  return `take-overs: ${sorted.length}, median ${median} ms, worst ${sorted.at(-1)} ms`;
}

function sumFaults(outcomes: readonly RunOutcome[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { faults } of outcomes)
    for (const [fault, times] of faults) sums[fault] = (sums[fault] ?? 0) + times;
  return Object.fromEntries(Object.entries(sums).toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
