/** The mutations: safeguards that a run can remove, one at a time, and the plan that reveals each removal. */
import { planRun, type RunPlan, type Step } from '../plan.ts';

export interface Mutation {
  readonly name: string;
  /** What the mutated daemon fails to do. */
  readonly what: string;
  /** Relative to src. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** The parts of the plan that the mutation needs; the seed determines the rest. */
  readonly directed: Partial<RunPlan>;
}

/** The seed's plan, reduced to the parts that reveal the mutation. */
export function planDirected({ directed }: Mutation, seed: number): RunPlan {
  return { ...planRun(seed), completeness: 'bloom', faultRates: {}, startsTwoDaemons: false, ...directed };
}

const settle: Step = { do: 'settle' };

function mine(blocks: number, actions: number): Step {
  return { do: 'mine', blocks, actions };
}

function reorganize(depth: number, more: number, actions: number): Step {
  return { do: 'reorg', way: 'switch', depth, more, actions };
}

function killAt(point: string): Step {
  return { do: 'trap', trap: { point, occurrence: 1, action: 'kill' } };
}

function loseLeader(way: 'freeze in copy' | 'stall'): Step[] {
  return [
    settle,
    { do: 'stand by' },
    settle,
    { do: 'lose leader', way },
    mine(2, 6),
    { do: 'wake' },
    mine(2, 6),
  ];
}

/** Enough blocks for many events, all of them replaced by a reorg. */
const replaced: readonly Step[] = [settle, mine(3, 10), settle, reorganize(3, 2, 2), settle];

export const mutations: readonly Mutation[] = [
  {
    name: 'no-parent-check',
    what: 'a block is appended whatever its parent is',
    file: 'engine/source/reorg.ts',
    find: 'if (cursor === null || next.parentHash === cursor.hash) return null;',
    replace: 'return null;',
    directed: { steps: replaced },
  },
  {
    name: 'no-header-links',
    what: 'headers needn’t name each other as their parents',
    file: 'engine/chain/completeness.ts',
    find: 'if (parent !== undefined && header.parentHash !== parent.hash) {',
    replace: 'if (parent === header) {',
    directed: {
      nodes: 1,
      hasWebSocket: false,
      finalityBlocks: 9,
      faultRates: { 'block-of-other-fork': 0.3 },
      // The old branch's empty blocks are valid at any position except for their parent hashes.
      steps: [settle, { do: 'stop' }, mine(4, 0), reorganize(4, 2, 0), { do: 'start' }, settle, settle],
    },
  },
  {
    name: 'no-bloom-check',
    what: 'a block’s bloom isn’t asked whether logs are missing',
    file: 'engine/chain/completeness.ts',
    find: "if (!answered.has(address) && bloomMayContain(bloom, bits)) return 'needs-receipts';",
    replace: 'void [answered, address, bits];',
    directed: { faultRates: { 'logs-left-out': 0.3 }, steps: [settle, mine(3, 6), settle] },
  },
  {
    name: 'no-receipts-bloom',
    what: 'receipts that were asked for because logs are missing are believed',
    file: 'engine/chain/completeness.ts',
    find: 'if (bytesToHex(bloom) === header.logsBloom) return;',
    replace: 'if (bloom.length > 0) return;',
    directed: {
      faultRates: { 'logs-left-out': 0.4, 'receipts-emptied': 0.4 },
      steps: [settle, mine(3, 6), settle],
    },
  },
  {
    name: 'answers-by-position',
    what: 'the answers of a batch are taken in the order in which they come',
    file: 'engine/rpc/http-exchange.ts',
    find: "const id = requests.length === 1 ? 0 : answer['id'];",
    replace: 'const id = items.indexOf(item);',
    directed: { faultRates: { 'reordered-answers': 0.3 }, steps: [settle, mine(3, 6), settle] },
  },
  {
    name: 'logs-twice',
    what: 'a log that is answered twice is taken twice',
    file: 'engine/chain/logs.ts',
    find: 'inChainOrder(before, log) === 0',
    replace: 'before === log',
    directed: {
      completeness: 'logs',
      faultRates: { 'logs-duplicated': 0.3 },
      steps: [settle, mine(3, 6), settle],
    },
  },
  {
    name: 'no-fence',
    what: 'a transaction doesn’t ask whether its daemon still leads',
    file: 'engine/leader/leadership.ts',
    find: '1 / (epoch = $2)::int',
    replace: '$2::int',
    directed: { steps: loseLeader('stall') },
  },
  {
    name: 'sessions-not-ended',
    what: 'who takes over leaves the former leader’s sessions as they are',
    file: 'engine/leader/leadership.ts',
    find: 'if (former.instance !== null) await endSessions(client, former.instance, logger);',
    replace: 'void endSessions;',
    directed: { steps: loseLeader('freeze in copy') },
  },
  {
    name: 'no-cursor-check',
    what: 'the projection doesn’t look whether its cursor’s block still counts',
    file: 'engine/daemon/projection/projector.ts',
    find: 'if (cursor !== null && !(await isCanonical(client, chainId, cursor))) {',
    replace: 'if (cursor !== null && cursor.number < 0) {',
    directed: { steps: replaced },
  },
  {
    name: 'cursor-apart',
    what: 'the projection’s cursor moves in a transaction of its own',
    file: 'engine/daemon/projection/fold-batch.ts',
    find: "await moveCursor(client, { chainId, stream: 'projection', from: cursor, to, epoch });",
    replace:
      "await moveCursor(settings.pool as never, { chainId, stream: 'projection', from: cursor, to, epoch });",
    directed: { steps: [killAt('projection/commit:before'), settle, mine(2, 6), settle] },
  },
  {
    name: 'no-ingest-atomicity',
    what: 'the ingest cursor moves in a transaction of its own',
    file: 'engine/daemon/ingest/commit.ts',
    find: "await moveCursor(client, { chainId, stream: 'ingest', from: cursor, to, epoch });",
    replace:
      "const { default: pg } = await import('pg'); const apart = new pg.Client({ connectionString: process.env['SIMULATED_DATABASE_URL'] ?? '' }); await apart.connect(); await moveCursor(apart, { chainId, stream: 'ingest', from: cursor, to, epoch }); await apart.end();",
    directed: { steps: [killAt('ingest/commit:before'), settle, mine(2, 6), settle] },
  },
  {
    name: 'undo-without-checkpoints',
    what: 'an undo leaves one table as it is',
    file: 'engine/store/undo.ts',
    find: 'const tables = chainTableNames().map((name) => ({',
    replace: "const tables = chainTableNames().filter((name) => name !== 'checkpoints').map((name) => ({",
    directed: { steps: replaced },
  },
  {
    name: 'children-not-forgotten',
    what: 'contracts that were born on a branch that was left stay known',
    file: 'engine/ledger/branches.ts',
    find: "'delete from ledger.contracts where chain_id = $1 and created_block_hash = any($2::bytea[])',",
    replace:
      "'delete from ledger.contracts where chain_id = $1 and created_block_hash = any($2::bytea[]) and false',",
    directed: { finalityBlocks: 9, steps: [settle, mine(9, 10), settle, reorganize(9, 0, 0), settle] },
  },
  {
    name: 'no-restored-blocks',
    what: 'blocks of a branch that the chain comes back to are taken for new ones',
    file: 'engine/daemon/ingest/commit.ts',
    find: 'restored: await restoreBlocks(',
    replace: 'restored: new Set() ?? restoreBlocks(',
    directed: { steps: [...replaced, { do: 'return', blocks: 4, actions: 2 }, settle] },
  },
  {
    name: 'no-latch',
    what: 'a reorganization past finality is not remembered',
    file: 'engine/daemon/ingest/ingest.ts',
    find: 'if (error instanceof DeepReorgError) await haltChain',
    replace: 'if (error instanceof DeepReorgError && seen.number < 0) await haltChain',
    directed: { finalityBlocks: 4, steps: [mine(10, 2), { do: 'deep reorg', beyond: 2 }] },
  },
  {
    name: 'gas-by-orphaned-rows',
    what: 'rows of a branch that was left count as those of final blocks',
    file: 'engine/daemon/jobs/receipts.ts',
    find: 'const projected = cursor && (await canonicalAncestor(client, chainId, cursor));',
    replace: 'const projected = cursor; void canonicalAncestor;',
    directed: {
      steps: [
        settle,
        mine(3, 10),
        settle,
        // The new branch's blocks become final while the rows are still those of the old branch.
        { do: 'trap', trap: { point: 'undo/commit:stalled', occurrence: 1, action: 'stall' } },
        reorganize(3, 15, 6),
        settle,
        settle,
      ],
    },
  },
  {
    name: 'no-confirmation',
    what: 'new final blocks wake nobody',
    file: 'engine/daemon/ingest/commit.ts',
    find: 'if (!hasNewFinal) return;',
    replace: 'return;',
    directed: { steps: [settle, mine(3, 6), settle] },
  },
];
