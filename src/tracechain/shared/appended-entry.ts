/**
 * Finds what an event appended to a list that its contract only ever appends to, in the list as it was at the end of the
 * event's block.
 *
 * The event doesn't tell the position. But an entry carries the time of its block, so the entries of that time stand together, in
 * the order of their events: with `earlier` events of the same list and time before it, an event's entry is the next one. This also
 * holds where several blocks share a second. Whether the entry really is the event's, the caller compares.
 */
export interface AppendedEntry<Entry> {
  readonly index: number;
  readonly entry: Entry;
}

/**
 * @param timeOf Unix seconds of an entry.
 * @param time Unix seconds of the event's block.
 * @param earlier How many events before this one appended to the list at the same time, in this block or another.
 */
export function appendedEntry<Entry>(
  list: readonly Entry[],
  timeOf: (entry: Entry) => bigint,
  time: bigint,
  earlier: number,
): AppendedEntry<Entry> | null {
  const before = list.findLastIndex((entry) => timeOf(entry) !== time);
  const index = before + 1 + earlier;
  const entry = list[index];
  return entry === undefined ? null : { index, entry };
}
