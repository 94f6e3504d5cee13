/** Logs of ranges of any length, cut to what the node bears. */
import { blockCount } from '../../primitives/interval.ts';
import { NodeError } from '../rpc/errors.ts';
import { getLogs } from '../chain/logs.ts';
import {
  afterAnswer,
  afterDensity,
  afterRangeLimit,
  defaultRangeOptions,
  initialRangeState,
  rangeHint,
} from './range-policy.ts';
import type { BlockRange } from '../../primitives/interval.ts';
import type { LogFilter } from '../chain/logs.ts';
import type { NodeErrorKind } from '../rpc/errors.ts';
import type { ChainNode, RequestOptions } from '../rpc/node.ts';
import type { RangeOptions, RangeState } from './range-policy.ts';
import type { RawLog } from '../rpc/types.ts';

/** What was learned about each node's limits. Shared by all fetches of one chain. */
export interface RangeMemory {
  readonly options: RangeOptions;
  readonly states: WeakMap<ChainNode, RangeState>;
}

export function createRangeMemory(options: Partial<RangeOptions> = {}): RangeMemory {
  return { options: { ...defaultRangeOptions, ...options }, states: new WeakMap() };
}

/** How many blocks to ask this node for next. */
export function suggestedBlocks(memory: RangeMemory, node: ChainNode): number {
  return stateOf(memory, node).blocks;
}

/** What came of so many blocks, asked for in whatever way, steers what is suggested for this node. */
export function rememberAnswer(
  memory: RangeMemory,
  node: ChainNode,
  answer: { readonly blocks: number; readonly logs: number },
): void {
  memory.states.set(node, afterAnswer(stateOf(memory, node), answer, memory.options.targetLogs));
}

/**
 * Less will be suggested for this node: so much at once, and all that goes with it, is more than it answers without a fault. The fewer
 * questions, the likelier all of them are answered, and a node that fails at a few in a hundred still gets us through.
 */
export function askForLess(memory: RangeMemory, node: ChainNode, range: BlockRange): void {
  memory.states.set(node, afterDensity(stateOf(memory, node), blockCount(range)));
}

/**
 * The logs of the range, in the chain's order. A range that the node refuses, or whose answer is too big or too slow, is cut and
 * asked for again; what is learned steers `suggestedBlocks`. Throws the node's refusal of a single block.
 */
export async function fetchLogs(
  node: ChainNode,
  range: BlockRange,
  filter: LogFilter,
  memory: RangeMemory,
  options?: RequestOptions,
): Promise<RawLog[]> {
  const parts: RawLog[][] = [];
  let from = range.from;
  // The next part is cut by what the parts before it taught.
  let blocks = Math.min(blockCount(range), stateOf(memory, node).maximumBlocks);
  while (from <= range.to) {
    const part = { from, to: Math.min(range.to, from + blocks - 1) };
    try {
      const logs = await getLogs(node, part, filter, { ...options, retryTimeouts: blockCount(part) === 1 });
      rememberAnswer(memory, node, { blocks: blockCount(part), logs: logs.length });
      parts.push(logs);
      from = part.to + 1;
      blocks = stateOf(memory, node).blocks;
    } catch (error) {
      memory.states.set(node, learned(error, blockCount(part), stateOf(memory, node)));
      blocks = Math.min(stateOf(memory, node).blocks, Math.ceil(blockCount(part) / 2));
    }
  }
  return parts.length === 1 ? (parts[0] ?? []) : parts.flat();
}

const densityKinds: ReadonlySet<NodeErrorKind> = new Set(['answer-too-big', 'too-slow', 'timed-out']);

/** The state after a failed query; throws the error where a shorter range wouldn't help. */
function learned(error: unknown, askedBlocks: number, state: RangeState): RangeState {
  if (!(error instanceof NodeError) || askedBlocks === 1) throw error;
  if (error.kind === 'range-limit') {
    return afterRangeLimit(state, askedBlocks, rangeHint(error.nodeMessage ?? '', askedBlocks));
  }
  if (densityKinds.has(error.kind)) return afterDensity(state, askedBlocks);
  throw error;
}

function stateOf(memory: RangeMemory, node: ChainNode): RangeState {
  return memory.states.get(node) ?? initialRangeState(memory.options);
}
