/**
 * Which of several nodes to ask first: pure, from what happened with each so far. A node that just failed is passed over for a pause that
 * doubles with each fault; one that keeps failing between successes, or that lags behind the others' heads, comes after the steady ones.
 */
export interface HealthOptions {
  /** How long a node is passed over after its first fault in a row; it doubles with each. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** A node whose head is further than this behind the highest one lags. */
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
  /** The node is passed over before this time. */
  readonly passedOverUntilMs: number;
  /** The share of runs that succeeded, 0 to 1, newer ones weighing more; time alone brings it back to 1. */
  readonly score: number;
  readonly scoredAtMs: number;
  /** Its head when all nodes were last asked for theirs; null where it gave none. */
  readonly head: number | null;
}

export const unknownHealth: HealthState = {
  faultsInARow: 0,
  passedOverUntilMs: -Infinity,
  score: 1,
  scoredAtMs: 0,
  head: null,
};

/** What one run weighs in the score. */
const weight = 0.1;
/** Below it a node comes after the steady ones: some four faults, or every other run a fault for a while. */
const steadyScore = 0.7;
const scoreHalfLifeMs = 60_000;

export function afterSuccess(state: HealthState, nowMs: number): HealthState {
  const score = scoreAt(state, nowMs) * (1 - weight) + weight;
  return { ...state, faultsInARow: 0, passedOverUntilMs: -Infinity, score, scoredAtMs: nowMs };
}

/** After a fault; `retryAfterMs` is how long the node itself asked to be left alone, if it did. */
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

/** The score as it is now: a fault counts for half after a minute. */
export function scoreAt({ score, scoredAtMs }: HealthState, nowMs: number): number {
  return 1 - (1 - score) * 2 ** (-Math.max(0, nowMs - scoredAtMs) / scoreHalfLifeMs);
}

/** Whether the node's head is behind the highest of all heads by more than nodes of one network differ. */
export function lags(state: HealthState, all: readonly HealthState[], options: HealthOptions): boolean {
  const highest = Math.max(...all.map(({ head }) => head ?? -1));
  return state.head !== null && highest - state.head > options.maximumLagBlocks;
}

/** The positions of the nodes in the order to try them in: sound ones by preference, then those that lag or fail often, then those paused. */
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
