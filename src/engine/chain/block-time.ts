/** How long a chain takes for a block, from its headers' own timestamps: no configuration knows it, and it may change. */
import { headerByNumber, headHeader } from './headers.ts';
import type { ChainNode, RequestOptions } from '../rpc/node.ts';

export interface BlockTimeOptions {
  /** What holds until two headers were seen. */
  readonly initialMs: number;
  /** A measure below or above is taken for this: timestamps are whole seconds, and a quiet devnet may not mine for days. */
  readonly minimumMs: number;
  readonly maximumMs: number;
}

export const defaultBlockTime: BlockTimeOptions = { initialMs: 12_000, minimumMs: 250, maximumMs: 60_000 };

export interface DatedBlock {
  readonly number: number;
  /** Seconds since 1970. */
  readonly timestamp: bigint;
}

export interface BlockTimeMeter {
  /** A header that was seen, in whatever order they come. */
  observe(block: DatedBlock): void;
  blockTimeMs(): number;
}

/** Observations that are measured across: seconds are too coarse for the blocks of a fast chain one by one. */
const windowSize = 32;

export function createBlockTimeMeter(options: BlockTimeOptions): BlockTimeMeter {
  const { initialMs, minimumMs, maximumMs } = options;
  let seen: DatedBlock[] = [];

  return {
    observe(block) {
      const last = seen.at(-1);
      // A lower one is another branch's, or a lagging node's: what was measured before it says nothing of what follows.
      if (last !== undefined && block.number < last.number) seen = [];
      if (last === undefined || block.number !== last.number) seen = [...seen, block].slice(-windowSize);
    },
    blockTimeMs() {
      const [first, last] = [seen[0], seen.at(-1)];
      if (first === undefined || last === undefined || last.number === first.number)
        return clamp(initialMs, minimumMs, maximumMs);
      const seconds = Number(last.timestamp - first.timestamp) / (last.number - first.number);
      return clamp(seconds * 1000, minimumMs, maximumMs);
    },
  };
}

function clamp(value: number, minimum: number, maximum: number): number {
  return Math.max(minimum, Math.min(maximum, value));
}

/** The time between blocks as the node's newest headers tell it; null on a chain that has only one. */
export async function measureBlockTimeMs(node: ChainNode, options?: RequestOptions): Promise<number | null> {
  const head = await headHeader(node, options);
  if (head.number === 0) return null;
  const earlier = await headerByNumber(node, Math.max(0, head.number - windowSize), options);
  return (Number(head.timestamp - earlier.timestamp) / (head.number - earlier.number)) * 1000;
}
