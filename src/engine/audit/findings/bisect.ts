/** Finds the time of a value's change by bisection over blocks. */
import type { ChangeInterval } from './result.ts';

/** Whether the state of a block has the value. Null if the node no longer has that state. */
export type Probe = (blockNumber: number) => Promise<boolean | null>;

/**
 * The narrowest interval, within the node's history, between a block that has the value (or whose state is unavailable) and a later one
 * that does not. If the value changed several times, the result is one of the changes.
 */
export async function bisectChange(has: Probe, first: number, last: number): Promise<ChangeInterval> {
  let after = first;
  /** The state of this and earlier blocks is unavailable, because a node prunes the oldest state first. */
  let unknown = first;
  let upTo = last;
  while (upTo - Math.max(after, unknown) > 1) {
    const middle = Math.floor((Math.max(after, unknown) + upTo) / 2);
    const answer = await has(middle);
    if (answer === null) unknown = middle;
    else if (answer) after = middle;
    else upTo = middle;
  }
  return { after, upTo };
}
