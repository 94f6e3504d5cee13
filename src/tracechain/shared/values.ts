/** Values and rows that several areas compute alike. */
import { checkpointStatus, productType } from './enums.ts';
import { storable } from '../../primitives/text.ts';
import type { ChainEvent } from '../../engine/contract/events.ts';
import type { Hash } from '../../primitives/hex.ts';

/** Times as contracts write them. */

/** A contract writes "no date" as 0. */
export function dateOf(seconds: bigint): bigint | null {
  return seconds === 0n ? null : seconds;
}

/** Quotients of big integers as decimal text: exact where the decimals suffice, cut off behind them where not. */

/** `dividend / divisor` with at most `decimals` decimals, without trailing zeros: 36, 24 and 6 give '1.5'. Neither is negative. */
export function decimalQuotient(dividend: bigint, divisor: bigint, decimals: number): string {
  const digits = ((dividend * 10n ** BigInt(decimals)) / divisor).toString().padStart(decimals + 1, '0');
  const fraction = digits.slice(-decimals).replace(/0+$/, '');
  const whole = digits.slice(0, -decimals);
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

type ProductType = (typeof productType.enumValues)[number];
type CheckpointStatus = (typeof checkpointStatus.enumValues)[number];

/** No known value is longer, so a hostile text costs no more than this. */
const longestSpelling = 64;

const productTypes = bySpelling(productType.enumValues);
const checkpointStatuses = bySpelling(checkpointStatus.enumValues);

export function productTypeOf(text: string): ProductType {
  return productTypes.get(letters(text)) ?? 'other';
}

export function checkpointStatusOf(text: string): CheckpointStatus {
  return checkpointStatuses.get(letters(text)) ?? 'other';
}

function letters(text: string): string {
  if (text.length > longestSpelling) return '';
  return text.toLowerCase().replaceAll(/[\s_-]+/g, '');
}

function bySpelling<Value extends string>(values: readonly Value[]): ReadonlyMap<string, Value> {
  return new Map(values.map((value) => [letters(value), value]));
}

export function differs(row: object, patch: object): boolean {
  const values: Readonly<Record<string, unknown>> = { ...row };
  return Object.entries(patch).some(([column, value]) => !isSame(values[column], value));
}

/** A row holds what could be stored of a text, a patch the exact one. */
function isSame(held: unknown, given: unknown): boolean {
  if (typeof given === 'string') return held === storable(given).text;
  if (!Array.isArray(held) || !Array.isArray(given)) return held === given;
  return held.length === given.length && held.every((value, index) => isSame(value, given[index]));
}

/** Whether it was this event's log that made the row. */
export function isMadeBy(
  row: { readonly blockHash: Hash; readonly logIndex: number },
  event: Pick<ChainEvent, 'block' | 'log'>,
): boolean {
  return row.blockHash === event.block.hash && row.logIndex === event.log.logIndex;
}

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
