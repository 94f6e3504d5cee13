/** Times as contracts write them. */

/** A contract writes "no date" as 0. */
export function dateOf(seconds: bigint): bigint | null {
  return seconds === 0n ? null : seconds;
}
