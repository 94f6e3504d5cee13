/**
 * The order in which to try several nodes, computed by pure functions from each node's history. A node that just failed is skipped for a
 * pause that doubles with each fault. A node that fails repeatedly between successes, or that lags behind the others' heads, comes after
 * the steady nodes.
 */
export interface HealthOptions {
  /** The pause after a node's first fault. It doubles with each consecutive fault. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** A node lags if its head is more than this number of blocks behind the highest head. */
  readonly maximumLagBlocks: number;
}

export const defaultHealthOptions: HealthOptions = {
  firstPauseMs: 2_000,
  longestPauseMs: 60_000,
  maximumLagBlocks: 5,
};

export interface HealthState {
  /** Faults since the last success. */
  readonly faultsInARow: number;
  /** The node is skipped before this time. */
  readonly passedOverUntilMs: number;
  /** The share of successful runs, 0 to 1, as a moving average that returns to 1 over time. */
  readonly score: number;
  readonly scoredAtMs: number;
  /** The node's head at the last survey of all nodes, or null if it sent none. */
  readonly head: number | null;
}

export const unknownHealth: HealthState = {
  faultsInARow: 0,
  passedOverUntilMs: -Infinity,
  score: 1,
  scoredAtMs: 0,
  head: null,
};

/** The weight of one run in the score. */
const weight = 0.1;
/** A node with a lower score comes after the steady nodes: about four faults, or a fault in every other run for a while. */
const steadyScore = 0.7;
const scoreHalfLifeMs = 60_000;

/** The state after a successful run: the pause ends and the score rises. */
export function afterSuccess(state: HealthState, nowMs: number): HealthState {
  const score = scoreAt(state, nowMs) * (1 - weight) + weight;
  return { ...state, faultsInARow: 0, passedOverUntilMs: -Infinity, score, scoredAtMs: nowMs };
}

/** The state after a fault. `retryAfterMs` is the wait that the node requested, if any. */
export function afterFault(
  state: HealthState,
  nowMs: number,
  options: HealthOptions,
  retryAfterMs = 0,
): HealthState {
  const faultsInARow = state.faultsInARow + 1;
  const pauseMs = Math.min(options.longestPauseMs, options.firstPauseMs * 2 ** (faultsInARow - 1));
  return {
    ...state,
    faultsInARow,
    passedOverUntilMs: nowMs + Math.max(pauseMs, retryAfterMs),
    score: scoreAt(state, nowMs) * (1 - weight),
    scoredAtMs: nowMs,
  };
}

/** The current score. The weight of a fault halves every minute. */
export function scoreAt({ score, scoredAtMs }: HealthState, nowMs: number): number {
  return 1 - (1 - score) * 2 ** (-Math.max(0, nowMs - scoredAtMs) / scoreHalfLifeMs);
}

/** Whether the node's head is behind the highest head by more than nodes of one network usually differ. */
export function lags(state: HealthState, all: readonly HealthState[], options: HealthOptions): boolean {
  const highest = Math.max(...all.map(({ head }) => head ?? -1));
  return state.head !== null && highest - state.head > options.maximumLagBlocks;
}

/**
 * The positions of the nodes in the order to try them: first healthy nodes by preference, then nodes that lag or fail often, then paused
 * nodes.
 */
export function orderByHealth(
  states: readonly HealthState[],
  nowMs: number,
  options: HealthOptions,
): number[] {
  const ranks = states.map((state) => ({
    pauseLeftMs: Math.max(0, state.passedOverUntilMs - nowMs),
    lags: Number(lags(state, states, options)),
    isUnsteady: Number(scoreAt(state, nowMs) < steadyScore),
  }));
  return ranks
    .map((rank, position) => ({ ...rank, position }))
    .toSorted((a, b) => a.pauseLeftMs - b.pauseLeftMs || a.lags - b.lags || a.isUnsteady - b.isUnsteady)
    .map(({ position }) => position);
}
