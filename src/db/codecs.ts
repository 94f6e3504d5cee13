/** Converts exact values to and from PostgreSQL's text format, without a double or a Date in between. */
import { RecentValues } from '../primitives/recent-values.ts';

/** The decimals of a token, which has 10^18 wei. */
export const weiDecimals = 18;
const decimalPattern = /^(-?)(\d+)(?:\.(\d+))?$/;

/** Converts wei to the exact decimal number of tokens in numeric(78,18): 1500000000000000000n becomes '1.500000000000000000'. */
export function weiToDecimal(amountWei: bigint): string {
  const sign = amountWei < 0n ? '-' : '';
  const digits = (amountWei < 0n ? -amountWei : amountWei).toString().padStart(weiDecimals + 1, '0');
  return `${sign}${digits.slice(0, -weiDecimals)}.${digits.slice(-weiDecimals)}`;
}

/** The inverse of `weiToDecimal`. Throws a RangeError if the text is not a number or has more than 18 decimals. */
export function decimalToWei(text: string): bigint {
  const [, sign, whole, fraction = ''] = decimalPattern.exec(text) ?? [];
  if (whole === undefined || fraction.length > weiDecimals) throw new RangeError(`not an amount: ${text}`);
  const magnitude = BigInt(whole + fraction.padEnd(weiDecimals, '0'));
  return sign === '-' ? -magnitude : magnitude;
}

/** The last second that timestamptz can store: 294276-12-31 23:59:59 UTC. */
export const maximumInstantSeconds = 9_224_318_015_999n;

const secondsPerDay = 86_400n;
const instantPattern =
  /^(\d{4,})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.\d+)?([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?$/;

/**
 * Converts Unix seconds to the input format of timestamptz. A JavaScript Date ends in the year 275760, a timestamptz in 294276.
 *
 * Throws a RangeError outside 0 … `maximumInstantSeconds`.
 */
export function instantToText(seconds: bigint): string {
  if (seconds !== lastInstant.seconds)
    lastInstant = { seconds, text: recentInstants.get(seconds, computeInstantText) };
  return lastInstant.text;
}

/** The rows of a block share its time, and each row contains it more than once. */
const recentInstants = new RecentValues<bigint, string>(1_000);
let lastInstant = { seconds: -1n, text: '' };

function computeInstantText(seconds: bigint): string {
  if (seconds < 0n || seconds > maximumInstantSeconds) throw new RangeError(`not an instant: ${seconds}`);
  const date = dateOfDay(Number(seconds / secondsPerDay));
  const secondOfDay = Number(seconds % secondsPerDay);
  const time = [Math.floor(secondOfDay / 3600), Math.floor(secondOfDay / 60) % 60, secondOfDay % 60];
  return `${String(date.year).padStart(4, '0')}-${padded([date.month, date.day], '-')} ${padded(time, ':')}+00`;
}

/** Converts a timestamptz in DateStyle ISO to Unix seconds, for any session time zone. Fractions of a second are dropped. */
export function textToInstant(text: string): bigint {
  const match = instantPattern.exec(text);
  if (match === null) throw new RangeError(`not an instant of this era: ${text}`);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const offset = Number(match[8]) * 3600 + Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0);
  const local = dayOfDate(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
  return BigInt(match[7] === '-' ? local + offset : local - offset);
}

function padded(numbers: readonly number[], separator: string): string {
  return numbers.map((number) => String(number).padStart(2, '0')).join(separator);
}

// Both directions follow Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": years begin in March, so that the leap day is a
// year's last, and 400 years have 146,097 days. The epoch is 719,468 days after 0000-03-01.
const daysPerEra = 146_097;
const daysBeforeEpoch = 719_468;

function dayOfDate(year: number, month: number, day: number): number {
  const shiftedYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(shiftedYear / 400);
  const yearOfEra = shiftedYear - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * daysPerEra + dayOfEra - daysBeforeEpoch;
}

function dateOfDay(daysSinceEpoch: number): { year: number; month: number; day: number } {
  const shifted = daysSinceEpoch + daysBeforeEpoch;
  const era = Math.floor(shifted / daysPerEra);
  const dayOfEra = shifted - era * daysPerEra;
  const leapDays =
    Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}
