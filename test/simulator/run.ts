/**
 * One run: executes a plan on a site, then ends all faults, and compares the daemon's database with the clean
 * run.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Random, seededRandom } from '../../src/devnet/activity/random.ts';
import { required } from '../../src/primitives/errors.ts';
import { sleep } from '../../src/primitives/time.ts';
import { awaitConvergence, awaitRows, type ConvergenceOptions } from './check/await-convergence.ts';
import { compareWithContracts } from './check/compare-contracts.ts';
import { compareLedger } from './check/compare-ledger.ts';
import { compareRows, compareUndone } from './check/compare-rows.ts';
import { Patience } from '../support/patience.ts';
import { Fleet } from './fleet.ts';
import { tracesBeside } from './daemon/daemon-process.ts';
import { settingsOf } from './daemon/settings.ts';
import { foldNaively, type NaivePosition } from './naive/naive-fold.ts';
import { NaiveNode } from './naive/node.ts';
import { loseLeader } from './lose-leader.ts';
import type { LeaderLoss, RunPlan, Step } from './plan.ts';
import { FaultDecisions } from './proxy/faults.ts';
import { NodeProxy } from './proxy/node-proxy.ts';
import { resolveLatch } from './resolve-latch.ts';
import { RunDatabase } from './run-database.ts';
import { Branches } from './site/branches.ts';
import type { Fork } from './site/fork.ts';
import { simulatedChainId } from './site/forks.ts';
import type { Site } from './site/site.ts';
import { findForeignWrites } from './site/watched-writers.ts';

export interface RunOutcome {
  readonly seed: number;
  /** Empty if the run passed. */
  readonly failures: readonly string[];
  /** The number of injections of each kind of fault. */
  readonly faults: ReadonlyMap<string, number>;
  readonly takeOversMs: readonly number[];
  readonly logFile: string;
  readonly durationMs: number;
}

/**
 * Milliseconds to wait for the daemon. A daemon that needs longer meets the next step in the middle of its
 * work, which is intended.
 */
const settlePatienceMs = 3_000;
const convergencePatienceMs = 20_000;
/**
 * Reading all state from every contract takes longer than the rest of the comparison, so only every fourth
 * run does it.
 */
const contractsAskedEvery = 4;

export async function runSeed(
  site: Site,
  plan: RunPlan,
  mutation: string | null = null,
): Promise<RunOutcome> {
  const startedAt = performance.now();
  const run = await Run.open(site, plan, mutation);
  try {
    await run.play();
    if (run.failures.length === 0) await run.judge();
  } catch (error) {
    run.failures.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    await run.close();
  }
  const { failures, faults, takeOversMs, logFile } = run;
  const durationMs = Math.round(performance.now() - startedAt);
  return { seed: plan.seed, failures, faults, takeOversMs, logFile, durationMs };
}

class Run {
  readonly failures: string[] = [];
  readonly faults = new Map<string, number>();
  readonly takeOversMs: number[] = [];
  readonly logFile: string;
  readonly #site: Site;
  readonly #plan: RunPlan;
  readonly #random: Random;
  readonly #database: RunDatabase;
  readonly #proxies: readonly NodeProxy[];
  readonly #branches: Branches;
  readonly #fleet: Fleet;
  #isDeep = false;

  private constructor(
    site: Site,
    plan: RunPlan,
    context: {
      readonly databaseUrl: string;
      readonly proxies: readonly NodeProxy[];
      readonly logFile: string;
      readonly mutation: string | null;
    },
  ) {
    const { databaseUrl, proxies, logFile, mutation } = context;
    this.#site = site;
    this.#plan = plan;
    this.#random = seededRandom(plan.seed + 1);
    this.#database = new RunDatabase(databaseUrl);
    this.#proxies = proxies;
    this.logFile = logFile;
    this.#branches = new Branches(site.forks, proxies, this.#random, plan.finalityBlocks);
    this.#fleet = new Fleet({
      settings: settingsOf(plan, site, databaseUrl, proxies),
      logFile,
      mutation,
      onTrap: (trap) => {
        this.#count('sigkill');
        this.#count(`sigkill at ${trap.split(' ').slice(1).join(' ')}`);
      },
      onKilled: async (pid) => {
        // A standby must wait until the heartbeat expires.
        if (this.#fleet.standby === null) await this.#database.ageHeartbeat(pid);
      },
    });
  }

  static async open(site: Site, plan: RunPlan, mutation: string | null): Promise<Run> {
    await site.forks.reset();
    const counted = new Map<string, number>();
    const proxies = await Promise.all(
      Array.from({ length: plan.nodes }, async (_, node) => {
        const onFault = (fault: string): void => void counted.set(fault, (counted.get(fault) ?? 0) + 1);
        return await NodeProxy.start({ node, onFault });
      }),
    );
    const databaseUrl = await site.cluster.makeDatabase();
    const logFile = join(site.logFolder, `seed-${plan.seed}-${mutation ?? 'sound'}-${Date.now()}.log`);
    const run = new Run(site, plan, { databaseUrl, proxies, logFile, mutation });
    run.#nodeFaults = counted;
    return run;
  }

  #nodeFaults: Map<string, number> = new Map();

  async play(): Promise<void> {
    const { seed, faultRates, startsTwoDaemons, steps } = this.#plan;
    const decisions = new FaultDecisions(seed, faultRates);
    for (const proxy of this.#proxies) proxy.trouble(decisions);
    this.#branches.showAll();
    this.#fleet.start();
    if (startsTwoDaemons) {
      this.#count('two daemons at once');
      this.#fleet.standBy();
    }
    for (const step of steps) {
      await this.#take(step);
      if (this.#fleet.failures.length > 0) break;
    }
    this.failures.push(...this.#fleet.failures);
  }

  /** Ends all faults; the daemon must reach the state of the clean run. */
  async judge(): Promise<void> {
    for (const proxy of this.#proxies) proxy.trouble(null);
    for (const [fault, times] of this.#nodeFaults) this.#count(fault, times);
    if (this.#isDeep) await this.#judgeStandstill();
    if (this.failures.length > 0) return;
    this.#branches.heal();
    this.#fleet.calm();
    await this.#branches.mine(this.#plan.finalityBlocks + 2, 0);
    const positions = await this.#fold(this.#branches.current);
    const head = required(positions.at(-1), 'the clean run’s last block');
    const stuck = await awaitConvergence({
      ...this.#waiting(),
      head: { number: head.number, hash: head.hash },
      patienceMs: convergencePatienceMs,
    });
    this.failures.push(...this.#fleet.failures);
    if (stuck !== null) this.failures.push(stuck);
    if (this.failures.length === 0) await this.#compare(positions);
  }

  /** After a reorg past finality nothing may change; then the operator switches to the nodes' chain. */
  async #judgeStandstill(): Promise<void> {
    await this.#compare(await this.#fold(this.#branches.left));
    if (this.failures.length > 0) return;
    const { rpcUrl } = required(this.#proxies[0], 'a node');
    await resolveLatch(this.#database.url, rpcUrl);
    this.#count('resolved by a person');
    this.#isDeep = false;
  }

  /** The clean run over a fork, from the chain's beginning. */
  async #fold({ anvil }: Fork): Promise<NaivePosition[]> {
    const { base, forks } = this.#site;
    const node = new NaiveNode(anvil.rpcUrl);
    const after = await foldNaively(node, forks.contracts, simulatedChainId, base.at(-1) ?? null);
    return [...base, ...after];
  }

  async close(): Promise<void> {
    await this.#fleet.end();
    await this.#database.close();
    await this.#site.cluster.dropDatabase(this.#database.url);
    await Promise.all(this.#proxies.map(async (proxy) => await proxy.stop()));
    if (this.failures.length === 0) await removeLogs(this.logFile);
  }

  async #compare(positions: readonly NaivePosition[]): Promise<void> {
    const client = await this.#database.connect();
    const head = positions.at(-1);
    if (head === undefined) return;
    const { completeness } = this.#plan;
    this.failures.push(
      ...(await findForeignWrites(client)),
      ...(await compareLedger(client, positions, completeness)),
      ...(await compareRows(client, simulatedChainId, head.state)),
    );
    if (!this.#isDeep && this.#plan.seed % contractsAskedEvery === 0) {
      const { contracts } = this.#site.forks;
      const { rpcUrl } = this.#branches.current.anvil;
      this.failures.push(...(await compareWithContracts(this.#database.url, rpcUrl, contracts)));
    }
    for (const block of this.#blocksToUndoTo(positions)) {
      this.failures.push(...(await compareUndone(client, simulatedChainId, block.number, block.state)));
    }
  }

  #blocksToUndoTo(positions: readonly NaivePosition[]): NaivePosition[] {
    const random = seededRandom(this.#plan.seed + 2);
    return [random.pick(positions), random.pick(positions.slice(-15))];
  }

  async #take(step: Step): Promise<void> {
    switch (step.do) {
      case 'mine':
        return await this.#branches.mine(step.blocks, step.actions);
      case 'reorg':
        if (await this.#branches.reorganize(step)) {
          this.#count('reorg');
          this.#count(`reorg by ${step.way}`);
          if (step.actions === 0) this.#count('reorg to empty blocks');
          if (this.#fleet.main === null) this.#count('reorg while down');
        }
        return;
      case 'return':
        if (await this.#branches.goBack(step.blocks, step.actions)) this.#count('reorg back');
        return;
      case 'split':
        if (await this.#branches.split(step.depth, step.actions)) this.#count('nodes on different forks');
        return;
      case 'heal':
        return this.#branches.heal();
      case 'deep reorg':
        return await this.#reorganizePastFinality(step.beyond);
      case 'settle':
        return await this.#settle();
      case 'pause':
        return await sleep(step.ms);
      case 'trap':
        if (step.trap.action === 'lose-answer') this.#count('answer of a statement lost');
        return this.#fleet.arm(step.trap);
      case 'kill':
        this.#count('sigkill');
        return await this.#fleet.kill(step.downMs);
      case 'stop':
        this.#count('sigterm');
        return await this.#fleet.stop();
      case 'start':
        return this.#fleet.start();
      case 'crash database':
        this.#count('postgres killed');
        return await this.#site.cluster.crash(step.downMs);
      case 'cut connections':
        this.#count('connections cut');
        return await this.#database.cutConnections();
      case 'stand by':
        this.#count('standby');
        return this.#fleet.standBy();
      case 'lose leader':
        return await this.#loseLeader(step.way);
      case 'wake':
        return this.#fleet.wakeAll();
    }
  }

  async #settle(): Promise<void> {
    const head = await this.#branches.headBlock();
    await awaitRows({ ...this.#waiting(), head, patienceMs: settlePatienceMs });
  }

  #waiting(): Pick<ConvergenceOptions, 'connect' | 'isHopeless'> {
    return {
      connect: async () => await this.#database.connect(),
      isHopeless: () => this.#fleet.failures.length > 0,
    };
  }

  async #reorganizePastFinality(beyond: number): Promise<void> {
    const unsettled = await awaitConvergence({
      ...this.#waiting(),
      head: await this.#branches.headBlock(),
      patienceMs: convergencePatienceMs,
    });
    if (unsettled !== null) throw new Error(`before the deep reorganization: ${unsettled}`);
    this.#fleet.expect('sync/deep-reorg');
    this.#fleet.expect('sync/latched');
    if (!(await this.#branches.reorganizePastFinality(beyond))) return;
    this.#isDeep = true;
    this.#count('reorg past finality');
    const patience = new Patience(convergencePatienceMs);
    while (!(await this.#database.isLatched())) {
      if (patience.isOver) return void this.failures.push('a reorganization past finality did not latch');
      await patience.pause(50);
    }
    // A daemon that wrongly continues would write within this time.
    await sleep(500);
  }

  async #loseLeader(way: LeaderLoss): Promise<void> {
    const takeOver = await loseLeader(way, {
      fleet: this.#fleet,
      branches: this.#branches,
      readLeader: async () => await this.#database.readLeader(),
    });
    if (takeOver === null) return;
    this.#count(`leader lost: ${way}`);
    if (takeOver.tookMs !== null) this.takeOversMs.push(takeOver.tookMs);
    if (takeOver.failure !== null) this.failures.push(takeOver.failure);
  }

  #count(fault: string, times = 1): void {
    this.faults.set(fault, (this.faults.get(fault) ?? 0) + times);
  }
}

async function removeLogs(logFile: string): Promise<void> {
  await Promise.all([logFile, ...tracesBeside(logFile)].map(async (file) => await rm(file, { force: true })));
}
