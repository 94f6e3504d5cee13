/** Inclusive ranges of block numbers. */
export interface BlockRange {
  readonly from: number;
  readonly to: number;
}

/** The number of blocks in the range. */
export function blockCount(range: BlockRange): number {
  return range.to - range.from + 1;
}
