/** Where rows come from. */
import type { ChainEvent } from '../../engine/contract/events.ts';
import type { Hash } from '../../primitives/hex.ts';

/** Whether it was this event's log that made the row. */
export function isMadeBy(
  row: { readonly blockHash: Hash; readonly logIndex: number },
  event: Pick<ChainEvent, 'block' | 'log'>,
): boolean {
  return row.blockHash === event.block.hash && row.logIndex === event.log.logIndex;
}
