/** Which chain a benchmark runs on: the same recipe makes the same events, whoever makes them, whenever. */
export const chainKinds = ['token', 'mixed', 'sparse', 'entities'] as const;
export type ChainKind = (typeof chainKinds)[number];

export interface ChainRecipe {
  readonly kind: ChainKind;
  /** Logs of the indexed contracts, or for `entities` how many of these; what their deployment makes comes on top. */
  readonly events: number;
  readonly eventsPerBlock: number;
  readonly seed: number;
}

/** Raised when what a recipe makes changes, so that no chain of an older version is taken for one of this. */
const version = 1;

export function recipeName({ kind, events, eventsPerBlock, seed }: ChainRecipe): string {
  return `${kind}-${events}-${eventsPerBlock}-seed${seed}-v${version}`;
}

/** Of a sparse chain's blocks, one in so many has an event. */
export const sparseBlocksPerEvent = 50;

/** A sparse chain of as many events as the others would have five million blocks. */
export const defaultEvents = {
  token: 100_000,
  mixed: 100_000,
  sparse: 100,
  entities: 100_000,
} as const satisfies Record<ChainKind, number>;
