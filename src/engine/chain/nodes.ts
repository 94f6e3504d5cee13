/**
 * A pool of nodes of one chain. An action runs against *one* node from start to end, because nodes differ in the blocks that they have
 * seen. If that node is faulty, the action restarts against another node.
 */
import { isNodeFault, NodeError } from '../rpc/errors.ts';
import { headHeader } from './headers.ts';
import {
  afterFault,
  afterSuccess,
  defaultHealthOptions,
  type HealthOptions,
  type HealthState,
  lags,
  orderByHealth,
  scoreAt,
  unknownHealth,
} from './node-health.ts';
import type { ChainNode } from '../rpc/node.ts';

export interface NodePoolOptions extends Partial<HealthOptions> {
  /** At least one node, in order of preference. */
  readonly nodes: readonly ChainNode[];
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
  /**
   * Checks a node, such as whether it serves the right chain. Called before the node's first use and again after it was unreachable,
   * because another server may respond at its URL by then. Its errors count as errors of the action.
   */
  readonly admit?: (node: ChainNode) => Promise<void>;
  /** Called for each fault after which another node is tried. */
  readonly onFailover?: (node: ChainNode, error: unknown) => void;
}

export interface NodeHealth {
  readonly name: string;
  /** Faults since the last success. */
  readonly faultsInARow: number;
  readonly isPassedOver: boolean;
  /** Its head was behind the others' at the last survey. */
  readonly lags: boolean;
  /** The share of successful runs, 0 to 1, weighted towards recent runs. */
  readonly score: number;
}

export interface NodePool {
  /** All nodes, in order of preference. */
  readonly nodes: readonly ChainNode[];
  /**
   * Runs the action with the healthiest node. After a node fault (`isFault`, by default `isNodeFault`) the next node runs it, until each
   * node was tried once. Throws the last fault; any other error of the action is thrown immediately.
   */
  run<T>(action: (node: ChainNode) => Promise<T>, isFault?: (error: unknown) => boolean): Promise<T>;
  /** Requests the head of every node, so that lagging nodes come last. Returns the highest head, or null if no node responded. */
  survey(signal: AbortSignal): Promise<number | null>;
  health(): NodeHealth[];
}

interface Entry {
  readonly node: ChainNode;
  state: HealthState;
  isAdmitted: boolean;
}

/** Creates a pool over the nodes. All nodes start as healthy. */
export function createNodePool(options: NodePoolOptions): NodePool {
  const { nodes, now, onFailover, admit } = options;
  const health: HealthOptions = { ...defaultHealthOptions, ...options };
  const entries = nodes.map((node): Entry => ({
    node,
    state: unknownHealth,
    isAdmitted: admit === undefined,
  }));

  async function admitted(entry: Entry): Promise<ChainNode> {
    if (!entry.isAdmitted) await admit?.(entry.node);
    entry.isAdmitted = true;
    return entry.node;
  }

  function recordFault(entry: Entry, error: unknown): void {
    const retryAfterMs = error instanceof NodeError ? error.retryAfterMs : undefined;
    entry.state = afterFault(entry.state, now(), health, retryAfterMs);
    if (error instanceof NodeError && error.kind === 'unreachable') entry.isAdmitted = admit === undefined;
  }

  function inOrder(): Entry[] {
    const states = entries.map(({ state }) => state);
    return orderByHealth(states, now(), health).flatMap((position) => entries[position] ?? []);
  }

  async function headOf(entry: Entry, signal: AbortSignal): Promise<number | null> {
    try {
      return (await headHeader(await admitted(entry), { signal })).number;
    } catch (error) {
      // The next action on this node detects its fault. The survey only records that the head is unknown.
      if (isNodeFault(error) || signal.aborted) return null;
      throw error;
    }
  }

  return {
    nodes,
    async run(action, isFault = isNodeFault) {
      let fault: unknown;
      for (const [index, entry] of inOrder().entries()) {
        try {
          const result = await action(await admitted(entry));
          entry.state = afterSuccess(entry.state, now());
          return result;
        } catch (error) {
          if (!isFault(error)) throw error;
          recordFault(entry, error);
          fault = error;
          if (index + 1 < entries.length) onFailover?.(entry.node, error);
        }
      }
      throw fault ?? new NodeError('No node is configured', { kind: 'unreachable', method: 'any method' });
    },
    async survey(signal) {
      const heads = await Promise.all(entries.map(async (entry) => await headOf(entry, signal)));
      for (const [index, entry] of entries.entries())
        entry.state = { ...entry.state, head: heads[index] ?? null };
      const known = heads.filter((head) => head !== null);
      return known.length === 0 ? null : Math.max(...known);
    },
    health() {
      const atMs = now();
      const states = entries.map(({ state }) => state);
      return entries.map(({ node, state }) => ({
        name: node.name,
        faultsInARow: state.faultsInARow,
        isPassedOver: state.passedOverUntilMs > atMs,
        lags: lags(state, states, health),
        score: scoreAt(state, atMs),
      }));
    },
  };
}
