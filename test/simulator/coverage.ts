/** The features of a plan by name, used to choose few seeds that together cover everything. */
import { nodeFaults } from './proxy/faults.ts';
import type { RunPlan, Step } from './plan.ts';

/** Every fault and event that a plan may contain, by the names that `featuresOf` uses. */
export const allFeatures: readonly string[] = [
  ...nodeFaults,
  ...['bloom', 'receipts', 'hash', 'logs'].map((level) => `level ${level}`),
  ...['switch', 'rewind', 'anvil'].map((way) => `reorg by ${way}`),
  ...['kill', 'freeze', 'freeze in copy', 'stall'].map((way) => `lose leader by ${way}`),
  ...['kill', 'lose-answer'].map((action) => `trap to ${action}`),
  ...['ingest', 'projection', 'reorg', 'undo', 'receipts', 'confirmation', 'node'].map(
    (where) => `trap in ${where}`,
  ),
  'reorg to empty blocks',
  'reorg while down',
  'return',
  'split',
  'deep reorg',
  'kill',
  'stop',
  'crash database',
  'cut connections',
  'two daemons at once',
];

export function featuresOf(plan: RunPlan): ReadonlySet<string> {
  return new Set([
    ...Object.keys(plan.faultRates),
    `level ${plan.completeness}`,
    ...(plan.startsTwoDaemons ? ['two daemons at once'] : []),
    ...plan.steps.flatMap((step, index) => featuresOfStep(step, plan.steps[index - 1])),
  ]);
}

function featuresOfStep(step: Step, before: Step | undefined): string[] {
  switch (step.do) {
    case 'reorg':
      return [
        `reorg by ${step.way}`,
        ...(step.actions === 0 ? ['reorg to empty blocks'] : []),
        ...(before?.do === 'stop' ? ['reorg while down'] : []),
      ];
    case 'lose leader':
      return [`lose leader by ${step.way}`];
    case 'trap':
      return [`trap to ${step.trap.action}`, `trap in ${step.trap.point.split('/')[0] ?? ''}`];
    default:
      return [step.do];
  }
}
