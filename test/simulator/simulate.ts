/** Executes many runs and reports the results. */
import Table from 'cli-table3';
import { mutations } from './daemon/mutations.ts';
import { planRun } from './plan.ts';
import { runSeed, type RunOutcome } from './run.ts';
import { seekSabotage, type SabotageFinding } from './seek-mutation.ts';
import { openSite, type Site } from './site/site.ts';

/** The length of the printed failure that detects a mutation. */
const failureLength = 300;

export interface SimulateOptions {
  readonly seed: number;
  readonly runs: number;
  readonly jobs: number;
  readonly mutation?: string;
  readonly json?: true;
}

/** Returns the exit code. */
export async function simulate(options: SimulateOptions): Promise<number> {
  return options.mutation === undefined ? await simulateSeeds(options) : await simulateSabotage(options);
}

async function simulateSeeds({ seed, runs, jobs, json }: SimulateOptions): Promise<number> {
  const seeds = Array.from({ length: runs }, (_, index) => seed + index);
  const outcomes = await runSeeds(seeds, Math.min(jobs, runs), (outcome) => {
    print(json === true ? asJson(outcome) : asLines(outcome));
  });
  print(classLine(outcomes));
  print(takeOverLine(outcomes.flatMap(({ takeOversMs }) => takeOversMs)));
  const failed = outcomes.filter(({ failures }) => failures.length > 0).length;
  print(JSON.stringify({ runs, passed: runs - failed, failed, faults: sumFaults(outcomes) }));
  return failed === 0 ? 0 : 1;
}

/** Applies one mutation, or each of them in turn, and runs seeds until a run fails. */
async function simulateSabotage({ seed, jobs, mutation: wanted }: SimulateOptions): Promise<number> {
  const chosen = mutations.filter(({ name }) => wanted === 'all' || name === wanted);
  if (chosen.length === 0) {
    print(`no such mutation: ${mutations.map(({ name }) => name).join(', ')}`);
    return 2;
  }
  const findings: SabotageFinding[] = [];
  await onSites(chosen, jobs, async (site, mutation) => {
    const finding = await seekSabotage(site, mutation, seed);
    findings.push(finding);
    const { seenBy, runs, durationMs } = finding;
    const seconds = (durationMs / 1000).toFixed(1);
    print(
      seenBy === null
        ? `${mutation.name}: NOT SEEN in ${runs} runs (${seconds} s)`
        : `${mutation.name}: seen by seed ${seenBy.seed}, run ${runs} (${seconds} s)\n  ${seenBy.failures[0]?.slice(0, failureLength)}`,
    );
  });
  const table = new Table({
    head: ['sabotage', 'what is missing', 'seen by', 'runs'],
    style: { head: [], border: [] },
  });
  for (const { mutation, seenBy, runs } of findings)
    table.push([
      mutation.name,
      mutation.what,
      seenBy === null ? 'nobody' : `seed ${seenBy.seed}`,
      String(runs),
    ]);
  print(table.toString());
  const unseen = findings.filter(({ seenBy }) => seenBy === null).length;
  print(JSON.stringify({ mutations: findings.length, seen: findings.length - unseen, unseen }));
  return unseen === 0 ? 0 : 1;
}

/** Runs the seeds, some concurrently, each of those on its own site. */
export async function runSeeds(
  seeds: readonly number[],
  jobs: number,
  onOutcome: (outcome: RunOutcome) => void,
): Promise<RunOutcome[]> {
  const outcomes: RunOutcome[] = [];
  await onSites(seeds, jobs, async (site, seed) => {
    const outcome = await runSeed(site, planRun(seed));
    outcomes.push(outcome);
    onOutcome(outcome);
  });
  return outcomes;
}

/** Does the work for each item, some concurrently, each of those on its own site. */
async function onSites<Item>(
  items: readonly Item[],
  jobs: number,
  work: (site: Site, item: Item) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  async function workThrough(): Promise<void> {
    const site = await openSite();
    try {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(site, item);
    } finally {
      await site.stop();
    }
  }
  await Promise.all(Array.from({ length: Math.min(jobs, items.length) }, workThrough));
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

/** Classes of faults, by the prefixes of their names. */
const classes: Readonly<Record<string, RegExp>> = {
  SIGKILL: /^sigkill$/,
  'a reorganization': /^(?:reorg|nodes on different forks)/,
  'PostgreSQL killed': /^postgres killed$/,
  'a standby': /^(?:standby|two daemons at once)$/,
};

function classLine(outcomes: readonly RunOutcome[]): string {
  const counts = Object.entries(classes).map(([name, pattern]) => {
    const runs = outcomes.filter(({ faults }) => [...faults.keys()].some((fault) => pattern.test(fault)));
    return `${name} in ${runs.length}`;
  });
  return `runs with ${counts.join(', ')}`;
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
