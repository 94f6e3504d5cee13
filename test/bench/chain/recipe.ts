/** The recipe of a benchmark's chain. The same recipe always makes the same events. */
export const chainKinds = ['token', 'mixed', 'sparse', 'entities'] as const;
export type ChainKind = (typeof chainKinds)[number];

export interface ChainRecipe {
  readonly kind: ChainKind;
  /**
   * The number of logs of the indexed contracts, or for `entities` the number of entities, without those of
   * the deployment.
   */
  readonly events: number;
  readonly eventsPerBlock: number;
  readonly seed: number;
}

/**
 * Increased when the output of a recipe changes, so that a stored chain of an older version is not reused.
 */
const version = 1;

export function recipeName({ kind, events, eventsPerBlock, seed }: ChainRecipe): string {
  return `${kind}-${events}-${eventsPerBlock}-seed${seed}-v${version}`;
}

/** The number of blocks per event in a sparse chain. */
export const sparseBlocksPerEvent = 50;

/** With as many events as the others, a sparse chain would have five million blocks. */
export const defaultEvents = {
  token: 100_000,
  mixed: 100_000,
  sparse: 100,
  entities: 100_000,
} as const satisfies Record<ChainKind, number>;
