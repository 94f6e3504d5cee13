/** Measures a chain's block time from header timestamps. The block time is not configured, and it may change. */
import { headerByNumber, headHeader } from './headers.ts';
import type { ChainNode, RequestOptions } from '../rpc/node.ts';

export interface BlockTimeOptions {
  /** The block time until two headers were observed. */
  readonly initialMs: number;
  /** Measurements are clamped to these limits: timestamps are whole seconds, and a quiet devnet may mine no block for days. */
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
  /** Records a header. Headers may come in any order. */
  observe(block: DatedBlock): void;
  blockTimeMs(): number;
}

/** The number of headers that one measurement spans. Timestamps in whole seconds are too coarse to measure a fast chain block by block. */
const windowSize = 32;

/** Creates a meter that reports `initialMs` until two headers were observed. */
export function createBlockTimeMeter(options: BlockTimeOptions): BlockTimeMeter {
  const { initialMs, minimumMs, maximumMs } = options;
  let seen: DatedBlock[] = [];

  return {
    observe(block) {
      const last = seen.at(-1);
      // A lower number belongs to another branch or comes from a lagging node, so the earlier headers no longer predict the next ones.
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

/** The average time between the node's newest blocks in milliseconds. Null if the chain has only one block. */
export async function measureBlockTimeMs(node: ChainNode, options?: RequestOptions): Promise<number | null> {
  const head = await headHeader(node, options);
  if (head.number === 0) return null;
  const earlier = await headerByNumber(node, Math.max(0, head.number - windowSize), options);
  return (Number(head.timestamp - earlier.timestamp) / (head.number - earlier.number)) * 1000;
}
