/** The safeguards that can be taken out, one at a time, and what a run must have in it for the lack to show. */
import type { RunPlan, Step } from '../plan.ts';
import type { NodeFault } from '../proxy/faults.ts';

export interface Sabotage {
  readonly name: string;
  /** What the daemon lacks then. */
  readonly what: string;
  /** Of src. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** Whether it can show in such a run. */
  readonly shows: (plan: RunPlan) => boolean;
}

export const sabotages: readonly Sabotage[] = [
  {
    name: 'no-parent-check',
    what: 'a block is appended whatever its parent is',
    file: 'sync/ingest/reorg.ts',
    find: 'if (cursor === null || next.parentHash === cursor.hash) return;',
    replace: 'return;',
    shows: (plan) =>
      plan.steps.some(
        (step) => step.do === 'reorg' && step.way === 'switch' && step.more > 0 && settles(plan, step),
      ),
  },
  {
    name: 'no-header-links',
    what: 'headers needn’t name each other as their parents',
    file: 'chain/completeness.ts',
    find: 'if (parent !== undefined && header.parentHash !== parent.hash) {',
    replace: 'if (parent === header) {',
    shows: (plan) => has(plan, 'block-of-other-fork') && reorgs(plan).length > 1,
  },
  {
    name: 'no-bloom-check',
    what: 'a block’s bloom isn’t asked whether logs are missing',
    file: 'chain/completeness.ts',
    find: "if (!answered.has(address) && bloomMayContain(bloom, bits)) return 'needs-receipts';",
    replace: 'void [answered, address, bits];',
    shows: (plan) =>
      plan.completeness === 'bloom' && (has(plan, 'logs-left-out') || has(plan, 'logs-cut-short')),
  },
  {
    name: 'no-receipts-bloom',
    what: 'receipts that were asked for because logs are missing are believed',
    file: 'chain/completeness.ts',
    find: 'if (bytesToHex(bloom) === header.logsBloom) return;',
    replace: 'if (bloom.length > 0) return;',
    shows: (plan) =>
      plan.completeness === 'bloom' && has(plan, 'logs-left-out') && has(plan, 'receipts-emptied'),
  },
  {
    name: 'answers-by-position',
    what: 'the answers of a batch are taken in the order in which they come',
    file: 'chain/http-exchange.ts',
    find: "const id = requests.length === 1 ? 0 : answer['id'];",
    replace: 'const id = items.indexOf(item);',
    shows: (plan) => has(plan, 'reordered-answers'),
  },
  {
    name: 'logs-twice',
    what: 'a log that is answered twice is taken twice',
    file: 'chain/logs.ts',
    find: 'inChainOrder(before, log) === 0',
    replace: 'before === log',
    shows: (plan) => plan.completeness === 'logs' && has(plan, 'logs-duplicated'),
  },
  {
    name: 'no-fence',
    what: 'a transaction doesn’t ask whether its daemon still leads',
    file: 'sync/leadership.ts',
    find: 'if (Number(rows[0]?.epoch) !== this.epoch) throw this.#loss();',
    replace: 'void rows;',
    shows: (plan) => plan.steps.some((step) => step.do === 'lose leader' && step.way === 'stall'),
  },
  {
    name: 'sessions-not-ended',
    what: 'who takes over leaves the former leader’s sessions as they are',
    file: 'sync/leadership.ts',
    find: 'if (current?.instance) await endSessions(client, current.instance, logger);',
    replace: 'void endSessions;',
    shows: (plan) => plan.steps.some((step) => step.do === 'lose leader' && step.way === 'freeze in copy'),
  },
  {
    name: 'no-cursor-check',
    what: 'the projection doesn’t look whether its cursor’s block still counts',
    file: 'sync/converge.ts',
    find: 'if (cursor !== null && !(await isCanonical(client, chainId, cursor))) {',
    replace: 'if (cursor !== null && cursor.number < 0) {',
    shows: (plan) => reorgs(plan).some((step) => settles(plan, step)),
  },
  {
    name: 'cursor-apart',
    what: 'the projection’s cursor moves in a transaction of its own',
    file: 'sync/fold-batch.ts',
    find: "await moveCursor(client, { chainId, stream: 'projection', from: cursor, to, epoch });",
    replace:
      "await moveCursor(settings.pool as never, { chainId, stream: 'projection', from: cursor, to, epoch });",
    shows: (plan) => traps(plan).some((point) => /^projection\/(?:copy|commit:before)/.test(point)),
  },
  {
    name: 'no-ingest-atomicity',
    what: 'the ingest cursor moves in a transaction of its own',
    file: 'sync/ingest/append.ts',
    find: "await moveCursor(client, { chainId, stream: 'ingest', from: cursor, to, epoch });",
    replace:
      "const { default: pg } = await import('pg'); const apart = new pg.Client({ connectionString: process.env['SIMULATED_DATABASE_URL'] ?? '' }); await apart.connect(); await moveCursor(apart, { chainId, stream: 'ingest', from: cursor, to, epoch }); await apart.end();",
    shows: (plan) => traps(plan).some((point) => /^ingest\/(?:copy|commit:before)/.test(point)),
  },
  {
    name: 'undo-without-checkpoints',
    what: 'an undo leaves one table as it is',
    file: 'store/undo.ts',
    find: 'const tables = (Object.keys(chainTables) as ChainTableName[]).map((name) => ({',
    replace:
      "const tables = (Object.keys(chainTables) as ChainTableName[]).filter((name) => name !== 'checkpoints').map((name) => ({",
    shows: (plan) =>
      reorgs(plan).some((step) => settles(plan, step)) &&
      !plan.steps.some((step) => step.do === 'crash database'),
  },
  {
    name: 'children-not-forgotten',
    what: 'contracts that were born on a branch that was left stay known',
    file: 'ledger/branches.ts',
    find: "'delete from ledger.contracts where chain_id = $1 and created_block_hash = any($2::bytea[])',",
    replace:
      "'delete from ledger.contracts where chain_id = $1 and created_block_hash = any($2::bytea[]) and false',",
    shows: (plan) => reorgs(plan).length > 1,
  },
  {
    name: 'no-restored-blocks',
    what: 'blocks of a branch that the chain comes back to are taken for new ones',
    file: 'sync/ingest/append.ts',
    find: 'const to = await appendAfter(client, settings, cursor, gathered, tip, restored);',
    replace: 'void restored; const to = await appendAfter(client, settings, cursor, gathered, tip);',
    shows: (plan) => plan.steps.some((step) => step.do === 'return'),
  },
  {
    name: 'no-latch',
    what: 'a reorganization past finality is not remembered',
    file: 'sync/ingest/ingest.ts',
    find: 'if (error instanceof DeepReorgError) {',
    replace: 'if (error instanceof DeepReorgError && tip.head.number < 0) {',
    shows: (plan) => plan.steps.some((step) => step.do === 'deep reorg'),
  },
  {
    name: 'gas-by-orphaned-rows',
    what: 'rows of a branch that was left count as those of final blocks',
    file: 'sync/jobs/receipts.ts',
    find: 'const projected = cursor && (await canonicalAncestor(client, chainId, cursor));',
    replace: 'const projected = cursor; void canonicalAncestor;',
    shows: (plan) => reorgs(plan).length > 2,
  },
  {
    name: 'no-confirmation',
    what: 'new final blocks wake nobody',
    file: 'sync/ingest/append.ts',
    find: 'if (hasNewFinal) {',
    replace: 'if (hasNewFinal && tip.head.number < 0) {',
    shows: () => true,
  },
];

function has({ faultRates }: RunPlan, fault: NodeFault): boolean {
  return faultRates[fault] !== undefined;
}

function reorgs({ steps }: RunPlan): Step[] {
  return steps.filter((step) => step.do === 'reorg' || step.do === 'return' || step.do === 'split');
}

/** Whether the rows of what it replaces may be there already. */
function settles({ steps }: RunPlan, step: Step): boolean {
  return steps.slice(0, steps.indexOf(step)).some((earlier) => earlier.do === 'settle');
}

function traps({ steps }: RunPlan): string[] {
  return steps.flatMap((step) =>
    step.do === 'trap' && step.trap.action === 'kill' ? [step.trap.point] : [],
  );
}
