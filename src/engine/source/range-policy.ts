/**
 * How many blocks to ask for in one log query: pure, from what the node answered so far.
 *
 * Two limits are told apart. A *structural* one (the node's maximum range) holds for every later query, so what was refused is never
 * asked again. A *density* one says only that these blocks were crowded: the size shrinks, and grows again where they are sparse.
 */
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
