/** Computations of values and rows that several areas share. */
import { checkpointStatus, productType } from './enums.ts';
import { storable } from '../../primitives/text.ts';
import type { ChainEvent } from '../../engine/contract/events.ts';
import type { Hash } from '../../primitives/hex.ts';

/** Returns null for 0, which contracts use for "no date". */
export function dateOf(seconds: bigint): bigint | null {
  return seconds === 0n ? null : seconds;
}

/**
 * Returns `dividend / divisor`, truncated to `decimals` decimals, without trailing zeros: 36, 24 and 6 give
 * '1.5'. Neither may be negative.
 */
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

/** Returns the product type of a contract's text in any spelling; `other` for an unknown text. */
export function productTypeOf(text: string): ProductType {
  return productTypes.get(letters(text)) ?? 'other';
}

/** Returns the checkpoint status of a contract's text in any spelling; `other` for an unknown text. */
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

/** Returns whether a patch would change any column of the row. */
export function differs(row: object, patch: object): boolean {
  const values: Readonly<Record<string, unknown>> = { ...row };
  return Object.entries(patch).some(([column, value]) => !isSame(values[column], value));
}

/** A row has the storable form of a text, a patch the exact one. */
function isSame(held: unknown, given: unknown): boolean {
  if (typeof given === 'string') return held === storable(given).text;
  if (!Array.isArray(held) || !Array.isArray(given)) return held === given;
  return held.length === given.length && held.every((value, index) => isSame(value, given[index]));
}

/** Returns whether this event's log made the row. */
export function isMadeBy(
  row: { readonly blockHash: Hash; readonly logIndex: number },
  event: Pick<ChainEvent, 'block' | 'log'>,
): boolean {
  return row.blockHash === event.block.hash && row.logIndex === event.log.logIndex;
}

/**
 * Finds the entry that an event appended to an append-only list of its contract, in the list's state at the
 * end of the event's block.
 *
 * The event does not state the position. But each entry has the timestamp of its block, so the entries of one
 * timestamp are adjacent and in the order of their events. After `earlier` events of the same list and
 * timestamp, the event's entry is the next one. This also holds if several blocks share a second. The caller
 * checks that the entry matches the event.
 */
export interface AppendedEntry<Entry> {
  readonly index: number;
  readonly entry: Entry;
}

/**
 * Returns the entry, or null if the list has none at that position. `timeOf` returns the Unix seconds of an
 * entry, and `time` is that of the event's block. `earlier` is the number of previous events that appended to
 * the list with the same timestamp, in this block or another.
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
