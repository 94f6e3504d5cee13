/**
 * Fetches logs of ranges of any length, split to what the node accepts. Pure functions derive the number of
 * blocks for the next log query from the node's earlier answers.
 *
 * There are two kinds of limits. A *structural* limit (the node's maximum range) holds for every later query,
 * so a refused size is never requested again. A *density* limit only says that these blocks have many logs:
 * the size shrinks, and grows again in sparse ranges.
 */
import { blockCount } from '../../primitives/interval.ts';
import { NodeError } from '../rpc/errors.ts';
import { getLogs } from '../chain/logs.ts';
import type { BlockRange } from '../../primitives/interval.ts';
import type { LogFilter } from '../chain/logs.ts';
import type { NodeErrorKind } from '../rpc/errors.ts';
import type { ChainNode, RequestOptions } from '../rpc/node.ts';
import type { RawLog } from '../rpc/types.ts';

/** The learned limits of each node, shared by all fetches of one chain. */
export interface RangeMemory {
  readonly options: RangeOptions;
  readonly states: WeakMap<ChainNode, RangeState>;
}

/** Creates an empty memory; missing options take their defaults. */
export function createRangeMemory(options: Partial<RangeOptions> = {}): RangeMemory {
  return { options: { ...defaultRangeOptions, ...options }, states: new WeakMap() };
}

/** Returns how many blocks to request from this node next. */
export function suggestedBlocks(memory: RangeMemory, node: ChainNode): number {
  return stateOf(memory, node).blocks;
}

/**
 * Records the number of logs in a fetched range, by whichever method it was fetched. Later suggestions for
 * this node use it.
 */
export function rememberAnswer(
  memory: RangeMemory,
  node: ChainNode,
  answer: { readonly blocks: number; readonly logs: number },
): void {
  memory.states.set(node, afterAnswer(stateOf(memory, node), answer, memory.options.targetLogs));
}

/**
 * Lowers the suggested size for this node after a failed range. Fewer requests per range make it more likely
 * that all of them succeed, so that indexing advances even with a node that fails a few percent of its
 * requests.
 */
export function askForLess(memory: RangeMemory, node: ChainNode, range: BlockRange): void {
  memory.states.set(node, afterDensity(stateOf(memory, node), blockCount(range)));
}

/**
 * Returns the logs of the range, in chain order. Splits and retries a range that the node refuses, or whose
 * answer is too large or too slow, and records the limit for `suggestedBlocks`. Throws the node's error if it
 * refuses a single block.
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
  // The limits learned from the previous parts apply to the next one.
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

/** Returns the state after a failed query; throws the error if a shorter range would not help. */
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
  /** The number of logs per answer that the range size aims for. */
  readonly targetLogs: number;
}

export interface RangeState {
  /** The size of the next request, in blocks. */
  readonly blocks: number;
  /** The largest range that this node is known, or assumed, to accept, in blocks. */
  readonly maximumBlocks: number;
}

export const defaultRangeOptions: RangeOptions = {
  // Several ranges are requested before the first answer shows their density, and all of them may be in
  // memory at once. With 500 logs per block, an initial 50 blocks added 70 MB to the daemon's peak.
  initialBlocks: 10,
  maximumBlocks: 100_000,
  targetLogs: 2_500,
};

const fastestGrowth = 4;

/** Returns the state of a node before its first answer. */
export function initialRangeState(options: RangeOptions): RangeState {
  const maximumBlocks = Math.max(1, options.maximumBlocks);
  return { blocks: clamp(options.initialBlocks, maximumBlocks), maximumBlocks };
}

/**
 * Returns the state after an answer. A range that was short for another reason (the head) is no evidence of
 * low density.
 */
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

/**
 * Returns the state after the node refused the range size. `hint` is the limit that the error message names,
 * if any.
 */
export function afterRangeLimit(state: RangeState, askedBlocks: number, hint?: number): RangeState {
  const half = Math.floor(askedBlocks / 2);
  const limit = hint !== undefined && hint >= 1 && hint < askedBlocks ? hint : half;
  const maximumBlocks = clamp(limit, state.maximumBlocks);
  return { blocks: Math.min(state.blocks, maximumBlocks), maximumBlocks };
}

/** Returns the state after an answer that was too large or too slow. */
export function afterDensity(state: RangeState, askedBlocks: number): RangeState {
  return { ...state, blocks: clamp(Math.min(state.blocks, askedBlocks / 2), state.maximumBlocks) };
}

/**
 * Extracts the maximum range from the text of a refusal: the largest number in it that is below the requested
 * size.
 */
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
