/** Converts a contract's values to column values. */
import { maximumInstantSeconds } from '../../../db/codecs.ts';
import { type Address, zeroAddress } from '../../../primitives/hex.ts';
import { userId, type Uuid } from '../../../primitives/ids.ts';
import { storable } from '../../../primitives/text.ts';

/** A contract's text as PostgreSQL stores it. */
export function text(exact: string): string {
  return storable(exact).text;
}

/** Several texts as PostgreSQL stores them. */
export function texts(exact: readonly string[]): string[] {
  return exact.map(text);
}

/** Unix seconds, or null if PostgreSQL cannot store the time. */
export function instant(seconds: bigint): bigint | null {
  return seconds > maximumInstantSeconds ? null : seconds;
}

/** Unix seconds, for contracts that use 0 for "none". */
export function optionalInstant(seconds: bigint): bigint | null {
  return seconds === 0n ? null : instant(seconds);
}

/** A wallet's user id, or null for the zero address. */
export function user(wallet: Address): Uuid | null {
  return wallet === zeroAddress ? null : userId(wallet);
}

const longestLabel = 64;

/** Finds an enum label, ignoring case, spaces, dashes and underscores. Unknown values become `other`. */
export function labelNamed(labels: readonly string[], exact: string): string {
  if (exact.length > longestLabel) return 'other';
  const bare = (spelling: string): string =>
    spelling
      .toLowerCase()
      .split(/[\s_-]/)
      .join('');
  return labels.find((label) => bare(label) === bare(exact)) ?? 'other';
}

const millionth = 1_000_000n;

/** A number of seconds in another unit, truncated to six decimals, without trailing zeros. */
export function secondsIn(seconds: bigint, secondsPerUnit: bigint): string {
  const isNegative = seconds < 0n;
  const millionths = ((isNegative ? -seconds : seconds) * millionth) / secondsPerUnit;
  const fraction = (millionths % millionth).toString().padStart(6, '0').replace(/0+$/, '');
  const whole = (millionths / millionth).toString();
  const magnitude = fraction === '' ? whole : `${whole}.${fraction}`;
  return isNegative && magnitude !== '0' ? `-${magnitude}` : magnitude;
}
