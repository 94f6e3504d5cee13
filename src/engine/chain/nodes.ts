/**
 * Several nodes of one chain. An action runs against *one* of them from its start to its end (nodes differ in what they have seen), and
 * against another one from its start when the first turns out faulty.
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
  /** In the order of preference. At least one. */
  readonly nodes: readonly ChainNode[];
  /** Milliseconds that only grow. */
  readonly now: () => number;
  /**
   * Whether the node is one to be asked at all, such as one of the right chain: called before it is used first, and again after it could not
   * be reached, for something else may answer at its URL by then. What it throws counts as what the action throws.
   */
  readonly admit?: (node: ChainNode) => Promise<void>;
  /** Told of each fault that another node is tried after. */
  readonly onFailover?: (node: ChainNode, error: unknown) => void;
}

export interface NodeHealth {
  readonly name: string;
  /** Faults since the last success. */
  readonly faultsInARow: number;
  readonly isPassedOver: boolean;
  /** Its head was behind the others' when they were last asked for theirs. */
  readonly lags: boolean;
  /** 0 to 1: the share of its runs that succeeded, newer ones weighing more. */
  readonly score: number;
}

export interface NodePool {
  /** All of them, in the order of preference. */
  readonly nodes: readonly ChainNode[];
  /**
   * Runs the action with the healthiest node; a node's fault (`isNodeFault`, unless the caller knows better) passes it on to the next,
   * until each was tried once. Throws the last fault, or at once whatever else the action throws.
   */
  run<T>(action: (node: ChainNode) => Promise<T>, isFault?: (error: unknown) => boolean): Promise<T>;
  /** Asks every node for its head, so that those behind the others come last. The highest head; null where none answered. */
  survey(signal: AbortSignal): Promise<number | null>;
  health(): NodeHealth[];
}

interface Entry {
  readonly node: ChainNode;
  state: HealthState;
  isAdmitted: boolean;
}

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
      // Whoever next asks it for something gets to know of the fault; here it only has no head.
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
