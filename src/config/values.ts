/** Small checks of configured values, and the nearest known word to a misspelt one. */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { CronExpressionParser } from 'cron-parser';
import leven from 'leven';

/** Returns the address with the EIP-55 case of its letters: upper case if the corresponding nibble of the hash of the lower-case digits is 8 or more. */
export function checksummed(address: string): string {
  const digits = address.slice(2).toLowerCase();
  const hash = Buffer.from(keccak_256(Buffer.from(digits, 'ascii'))).toString('hex');
  const cased = Array.from(digits, (digit, index) =>
    Number.parseInt(hash[index] ?? '0', 16) >= 8 ? digit.toUpperCase() : digit,
  );
  return `0x${cased.join('')}`;
}

/** Names, `L`, `#` and `?` differ between cron implementations; only what all of them accept is documented. */
const plain = /^[\d*,/\s-]+$/;

/**
 * Whether the text consists of five cron fields of numbers, ranges, lists and steps. It uses the parser of pg-boss, so pg-boss never
 * refuses what is accepted here.
 */
export function isCronExpression(text: string): boolean {
  // The parser accepts a sixth field for seconds, and treats missing fields as stars.
  if (!plain.test(text) || text.trim().split(/\s+/).length !== 5) return false;
  try {
    CronExpressionParser.parse(text.trim(), { tz: 'UTC' });
    return true;
  } catch {
    // Its errors have no code, and all of them are caused by the text.
    return false;
  }
}

/**
 * Returns the candidate with the smallest edit distance to a mistyped word (case ignored), or undefined if none is near: a third
 * of the word's characters may be wrong, and two in a short word.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = leven(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Whether the value is an object with keys. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns the value at a path of keys and indexes; undefined if there is none. */
export function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  let current = value;
  for (const part of path) {
    if (Array.isArray(current)) current = current[Number(part)];
    else current = isRecord(current) ? current[String(part)] : undefined;
  }
  return current;
}
