/**
 * Several nodes of one chain. An action runs against *one* of them from its start to its end (nodes differ in what they have seen), and
 * against another one from its start when the first turns out faulty.
 */
import { isNodeFault, NodeError } from './errors.ts';
import type { ChainNode } from './node.ts';

export interface NodePoolOptions {
  /** In the order of preference. At least one. */
  readonly nodes: readonly ChainNode[];
  /** Milliseconds that only grow. */
  readonly now: () => number;
  /** How long a node is passed over after its first fault in a row; it doubles with each. */
  readonly firstPauseMs?: number;
  readonly longestPauseMs?: number;
  /** Told of each fault that another node is tried after. */
  readonly onFailover?: (node: ChainNode, error: unknown) => void;
}

export interface NodeHealth {
  readonly name: string;
  /** Faults since the last success. */
  readonly faultsInARow: number;
  readonly isPassedOver: boolean;
}

export interface NodePool {
  /** All of them, in the order of preference. */
  readonly nodes: readonly ChainNode[];
  /**
   * Runs the action with the healthiest node; a node's fault (`isNodeFault`) passes it on to the next, until each was tried once.
   * Throws the last fault, or at once whatever else the action throws.
   */
  run<T>(action: (node: ChainNode) => Promise<T>): Promise<T>;
  health(): NodeHealth[];
}

interface Entry {
  readonly node: ChainNode;
  faultsInARow: number;
  passedOverUntilMs: number;
}

const defaults = { firstPauseMs: 2_000, longestPauseMs: 60_000 };

export function createNodePool(options: NodePoolOptions): NodePool {
  const { nodes, now, onFailover, firstPauseMs, longestPauseMs } = { ...defaults, ...options };
  const entries = nodes.map((node): Entry => ({ node, faultsInARow: 0, passedOverUntilMs: -Infinity }));

  function recordFault(entry: Entry): void {
    entry.faultsInARow += 1;
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (entry.faultsInARow - 1));
    entry.passedOverUntilMs = now() + pauseMs;
  }

  return {
    nodes,
    async run(action) {
      let fault: unknown;
      for (const [index, entry] of byHealth(entries, now()).entries()) {
        try {
          const result = await action(entry.node);
          entry.faultsInARow = 0;
          entry.passedOverUntilMs = -Infinity;
          return result;
        } catch (error) {
          if (!isNodeFault(error)) throw error;
          recordFault(entry);
          fault = error;
          if (index + 1 < entries.length) onFailover?.(entry.node, error);
        }
      }
      throw fault ?? new NodeError('No node is configured', { kind: 'unreachable', method: 'any method' });
    },
    health() {
      const atMs = now();
      return entries.map(({ node, faultsInARow, passedOverUntilMs }) => {
        return { name: node.name, faultsInARow, isPassedOver: passedOverUntilMs > atMs };
      });
    },
  };
}

/** The nodes in good standing by preference, then the others, the one whose pause ends first in front. */
function byHealth(entries: readonly Entry[], nowMs: number): Entry[] {
  const pauseLeft = ({ passedOverUntilMs }: Entry): number => Math.max(0, passedOverUntilMs - nowMs);
  return entries.toSorted((a, b) => pauseLeft(a) - pauseLeft(b));
}
