/** When a value changed, by asking for it at fewer and fewer blocks. */
import type { ChangeInterval } from './result.ts';

/** Whether a block's state has the value that is looked for; null where the node doesn't have that state any more. */
export type Probe = (blockNumber: number) => Promise<boolean | null>;

/**
 * The narrowest interval that the node's history allows, between a block that has the value (or of which nothing is known) and a
 * later one that hasn't. A value that came and went may have changed several times: it is one of those.
 */
export async function bisectChange(has: Probe, first: number, last: number): Promise<ChangeInterval> {
  let after = first;
  /** Blocks up to this one have been asked for in vain: a node that forgets, forgets the oldest first. */
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
