/**
 * The plan of a seed: the daemon's configuration, and its faults and events in order. Pure: the same seed
 * gives the same plan.
 */
import { type Random, seededRandom } from '../../src/devnet/activity/random.ts';
import type { CompletenessLevel } from '../../src/engine/rpc/types.ts';
import type { Trap } from './daemon/traps.ts';
import { type FaultRates, isVisibleAt, type NodeFault, nodeFaults } from './proxy/faults.ts';

export type ReorgWay =
  /** The node switches to the new branch in one step. */
  | 'switch'
  /** The node reverts its blocks and shows the shorter chain before it makes new ones. */
  | 'rewind'
  /** Anvil's own reorg. */
  | 'anvil';

export type LeaderLoss = 'kill' | 'freeze' | 'freeze in copy' | 'stall';

export type Step =
  | { readonly do: 'mine'; readonly blocks: number; readonly actions: number }
  | {
      readonly do: 'reorg';
      readonly way: ReorgWay;
      readonly depth: number;
      /** The number of blocks in addition to the replaced ones. */
      readonly more: number;
      /** Transactions per block; zero makes a branch of empty blocks. */
      readonly actions: number;
    }
  /** Returns to the orphaned branch, which has grown. */
  | { readonly do: 'return'; readonly blocks: number; readonly actions: number }
  /** The second node has its own branch for a while. */
  | { readonly do: 'split'; readonly depth: number; readonly actions: number }
  | { readonly do: 'heal' }
  /** Past finality: the daemon must halt. */
  | { readonly do: 'deep reorg'; readonly beyond: number }
  | { readonly do: 'settle' }
  | { readonly do: 'pause'; readonly ms: number }
  | { readonly do: 'trap'; readonly trap: Trap }
  | { readonly do: 'kill'; readonly downMs: number }
  | { readonly do: 'stop' }
  | { readonly do: 'start' }
  | { readonly do: 'crash database'; readonly downMs: number }
  | { readonly do: 'cut connections' }
  /** A second daemon stands by. */
  | { readonly do: 'stand by' }
  /** The leader is lost in this way, and the standby must take over. */
  | { readonly do: 'lose leader'; readonly way: LeaderLoss }
  /** A frozen leader continues. */
  | { readonly do: 'wake' };

export interface RunPlan {
  readonly seed: number;
  readonly completeness: CompletenessLevel;
  readonly finalityBlocks: number;
  readonly hasWebSocket: boolean;
  readonly nodes: 1 | 2;
  readonly usesMulticall: boolean;
  readonly rangeBlocks: number;
  readonly concurrentRanges: number;
  readonly batchLogs: number;
  readonly batchBlocks: number;
  readonly faultRates: FaultRates;
  readonly startsTwoDaemons: boolean;
  readonly steps: readonly Step[];
}

/**
 * The points at which a daemon is killed: before and after each statement of the pipeline's transactions, and
 * around its node requests.
 */
export const killPoints: readonly string[] = [
  'opened/fence:before',
  'opened/fence:after',
  'ingest/insert into ledger.cursors:after',
  'ingest/update ledger.cursors:before',
  'ingest/update ledger.cursors:after',
  'ingest/copy ledger.blocks:before',
  'ingest/copy ledger.blocks:middle',
  'ingest/copy ledger.logs:middle',
  'ingest/copy ledger.reads:middle',
  'ingest/commit:before',
  'ingest/commit:after',
  'reorg/update ledger.blocks:after',
  'reorg/copy ledger.blocks:middle',
  'reorg/commit:before',
  'reorg/commit:after',
  'projection/update ledger.cursors:after',
  'projection/insert into ledger.cursors:after',
  'projection/copy ledger.journal:before',
  'projection/copy ledger.journal:middle',
  'projection/commit:before',
  'projection/commit:after',
  'undo/insert into ledger.journal:after',
  'undo/commit:before',
  'undo/commit:after',
  'receipts/commit:before',
  'receipts/commit:after',
  'confirmation/commit:before',
  'confirmation/commit:after',
  'node/eth_getLogs:before',
  'node/eth_getLogs:after',
  'node/eth_call:before',
  'node/eth_call:after',
  'node/eth_getBlockByNumber:after',
];

const losableAnswers = [
  'ingest/commit:unanswered',
  'projection/commit:unanswered',
  'reorg/commit:unanswered',
  'undo/commit:unanswered',
  'receipts/commit:unanswered',
  'projection/copy ledger.journal:unanswered',
];

export function planRun(seed: number): RunPlan {
  // The generator starts alike for neighbouring seeds, so the seed is mixed first.
  const random = seededRandom(Math.imul(seed, 0x9e37_79b1) ^ 0x51ed_270b);
  const completeness = random.pick<CompletenessLevel>([
    'bloom',
    'bloom',
    'bloom',
    'receipts',
    'hash',
    'logs',
  ]);
  const finalityBlocks = random.integer(4, 9);
  const nodes = random.chance(0.6) ? 2 : 1;
  const startsTwoDaemons = random.chance(0.05);
  const reorgWay = random.pick<ReorgWay>(['switch', 'switch', 'switch', 'rewind', 'anvil']);
  return {
    seed,
    completeness,
    finalityBlocks,
    nodes,
    hasWebSocket: random.chance(0.6),
    usesMulticall: random.chance(0.7),
    rangeBlocks: random.pick([3, 10, 50, 1_000]),
    concurrentRanges: random.pick([1, 3]),
    batchLogs: random.pick([1, 20, 5_000]),
    batchBlocks: random.pick([1, 10, 1_000]),
    faultRates: planRates(random, completeness, nodes === 2),
    startsTwoDaemons,
    steps: planSteps(random, { finalityBlocks, reorgWay, hasTwoNodes: nodes === 2, startsTwoDaemons }),
  };
}

/** A few kinds per run, so that a fault that masks another does not always occur with it. */
function planRates(random: Random, level: CompletenessLevel, hasTwoNodes: boolean): FaultRates {
  const possible = nodeFaults.filter((fault) => isVisibleAt(fault, level));
  const chosen = random.sample(possible, random.pick([0, 3, 6]));
  const rates: Partial<Record<NodeFault, number>> = {};
  // With one node, every fault costs a wait.
  for (const fault of chosen) rates[fault] = rateOf(fault) * (hasTwoNodes ? 1 : 0.6);
  return rates;
}

function rateOf(fault: NodeFault): number {
  if (fault.startsWith('socket-')) return 0.6;
  if (fault.startsWith('log') || fault.startsWith('receipts') || fault === 'range-limit') return 0.15;
  if (fault === 'timeout') return 0.01;
  return 0.03;
}

interface Frame {
  readonly finalityBlocks: number;
  readonly reorgWay: ReorgWay;
  readonly hasTwoNodes: boolean;
  readonly startsTwoDaemons: boolean;
}

function planSteps(random: Random, frame: Frame): Step[] {
  const steps: Step[] = [];
  if (random.chance(0.5)) steps.push({ do: 'settle' });
  steps.push(mine(random));
  const hasStandby = frame.startsTwoDaemons || random.chance(0.07);
  const isDeep = !hasStandby && frame.reorgWay === 'switch' && random.chance(0.06);
  const rounds = random.integer(2, 4);
  for (let round = 0; round < rounds; round += 1) steps.push(...planRound(random, frame));
  if (hasStandby) steps.push(...planTakeOver(random, frame));
  else if (isDeep) steps.push({ do: 'deep reorg', beyond: random.integer(1, 3) });
  return steps;
}

function planRound(random: Random, frame: Frame): Step[] {
  const event = random.pick([planReorg, planReorg, planReorg, planDeath, planDeath, planDatabase, planQuiet]);
  const then: Step[] = random.chance(0.4)
    ? [{ do: 'settle' }]
    : [{ do: 'pause', ms: random.integer(0, 250) }];
  return [...event(random, frame), ...then, mine(random)];
}

function mine(random: Random): Step {
  return { do: 'mine', blocks: random.integer(1, 5), actions: random.pick([0, 2, 6, 10]) };
}

function planReorg(random: Random, { finalityBlocks, reorgWay, hasTwoNodes }: Frame): Step[] {
  const depth = random.integer(1, finalityBlocks);
  const actions = random.pick([0, 2, 6]);
  if (hasTwoNodes && reorgWay !== 'anvil' && random.chance(0.25))
    return [
      { do: 'split', depth, actions },
      { do: 'pause', ms: random.integer(100, 500) },
      mine(random),
      { do: 'heal' },
    ];
  const more = random.integer(0, 3);
  const steps: Step[] = [{ do: 'reorg', way: reorgWay, depth, more, actions }];
  if (reorgWay !== 'switch' || random.chance(0.6)) return steps;
  // Returns to the orphaned branch, and may switch once more.
  steps.push({ do: 'pause', ms: random.integer(0, 400) }, { do: 'return', blocks: more + 1, actions });
  if (random.chance(0.4))
    steps.push(
      { do: 'pause', ms: random.integer(0, 300) },
      { do: 'return', blocks: random.integer(1, 3), actions },
    );
  return steps;
}

function planDeath(random: Random, frame: Frame): Step[] {
  const kind = random.pick(['trap', 'trap', 'trap', 'kill', 'stop'] as const);
  const meanwhile = random.pick([mine, planReorg]);
  const happening = [meanwhile(random, frame)].flat();
  if (kind === 'stop') return [{ do: 'stop' }, ...happening, { do: 'start' }];
  if (kind === 'kill')
    return [
      ...happening,
      { do: 'pause', ms: random.integer(0, 200) },
      { do: 'kill', downMs: random.integer(0, 300) },
    ];
  const trap = { point: random.pick(killPoints), occurrence: random.integer(1, 3), action: 'kill' as const };
  return [{ do: 'trap', trap }, ...happening];
}

function planDatabase(random: Random): Step[] {
  const kind = random.pick(['crash', 'crash', 'cut', 'answer'] as const);
  if (kind === 'cut')
    return [mine(random), { do: 'pause', ms: random.integer(0, 100) }, { do: 'cut connections' }];
  if (kind === 'crash')
    return [
      mine(random),
      { do: 'pause', ms: random.integer(0, 150) },
      { do: 'crash database', downMs: random.integer(0, 300) },
    ];
  const point = random.pick(losableAnswers);
  return [{ do: 'trap', trap: { point, occurrence: random.integer(1, 2), action: 'lose-answer' } }];
}

function planQuiet(random: Random): Step[] {
  return [{ do: 'pause', ms: random.integer(50, 300) }];
}

function planTakeOver(random: Random, { startsTwoDaemons }: Frame): Step[] {
  const way = random.pick(['kill', 'freeze', 'freeze in copy', 'stall'] as const);
  return [
    ...(startsTwoDaemons ? [] : [{ do: 'stand by' } as const]),
    { do: 'settle' },
    { do: 'lose leader', way },
    mine(random),
    ...(way === 'kill' ? [] : [{ do: 'wake' } as const]),
    mine(random),
  ];
}
