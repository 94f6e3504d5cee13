/**
 * Logs of ranges of any length, cut to what the node bears. How many blocks to ask for in one log query is decided purely, from what the node
 * answered so far.
 *
 * Two limits are told apart. A *structural* one (the node's maximum range) holds for every later query, so what was refused is never
 * asked again. A *density* one says only that these blocks were crowded: the size shrinks, and grows again where they are sparse.
 */
import { blockCount } from '../../primitives/interval.ts';
import { NodeError } from '../rpc/errors.ts';
import { getLogs } from '../chain/logs.ts';
import type { BlockRange } from '../../primitives/interval.ts';
import type { LogFilter } from '../chain/logs.ts';
import type { NodeErrorKind } from '../rpc/errors.ts';
import type { ChainNode, RequestOptions } from '../rpc/node.ts';
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

export interface RangeOptions {
  readonly initialBlocks: number;
  readonly maximumBlocks: number;
  /** The answer size that the range is steered to. */
  readonly targetLogs: number;
}

export interface RangeState {
  /** What to ask for next, in blocks. */
  readonly blocks: number;
  /** The most that this node is known, or hoped, to accept. */
  readonly maximumBlocks: number;
}

export const defaultRangeOptions: RangeOptions = {
  // Several ranges are asked for before the first answer tells how crowded they are, and all of them may lie in memory: with 500 logs a
  // block, 50 blocks made 70 MB more of the daemon's peak.
  initialBlocks: 10,
  maximumBlocks: 100_000,
  targetLogs: 2_500,
};

const fastestGrowth = 4;

export function initialRangeState(options: RangeOptions): RangeState {
  const maximumBlocks = Math.max(1, options.maximumBlocks);
  return { blocks: clamp(options.initialBlocks, maximumBlocks), maximumBlocks };
}

/** After an answer of so many logs for so many blocks. A range that was short for another reason (the head) proves no density. */
export function afterAnswer(
  state: RangeState,
  answer: { readonly blocks: number; readonly logs: number },
  targetLogs: number,
): RangeState {
  const fitting = answer.logs === 0 ? Infinity : (answer.blocks * targetLogs) / answer.logs;
  if (fitting < state.blocks) return { ...state, blocks: clamp(fitting, state.maximumBlocks) };
  if (answer.blocks < state.blocks) return state;
  return { ...state, blocks: clamp(Math.min(state.blocks * fastestGrowth, fitting), state.maximumBlocks) };
}

/** After the node refused the range as such. `hint` is a limit that it named, if it did. */
export function afterRangeLimit(state: RangeState, askedBlocks: number, hint?: number): RangeState {
  const half = Math.floor(askedBlocks / 2);
  const limit = hint !== undefined && hint >= 1 && hint < askedBlocks ? hint : half;
  const maximumBlocks = clamp(limit, state.maximumBlocks);
  return { blocks: Math.min(state.blocks, maximumBlocks), maximumBlocks };
}

/** After an answer that was too big, or too slow, for so many blocks. */
export function afterDensity(state: RangeState, askedBlocks: number): RangeState {
  return { ...state, blocks: clamp(Math.min(state.blocks, askedBlocks / 2), state.maximumBlocks) };
}

/** The maximum range that a refusal names in its text: the largest of its numbers below what was asked for. */
export function rangeHint(message: string, askedBlocks: number): number | undefined {
  const withoutHex = message.replaceAll(/0x[0-9a-f]+/gi, ' ');
  const numbers = [...withoutHex.matchAll(/(?<![\w.-])(\d[\d,]*)(k?)\b/gi)].map(
    ([, digits = '', thousand]) => {
      return Number(digits.replaceAll(',', '')) * (thousand === '' ? 1 : 1000);
    },
  );
  const plausible = numbers.filter((number) => number >= 1 && number < askedBlocks);
  return plausible.length === 0 ? undefined : Math.max(...plausible);
}

function clamp(blocks: number, maximumBlocks: number): number {
  return Math.max(1, Math.min(Math.floor(blocks), maximumBlocks));
}
