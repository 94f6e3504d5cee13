/**
 * Finds a compliance rule's text by its hash, in the contract's list of active rules. No getter returns the
 * list's length.
 *
 * The search finds the end first: it probes powers of two in one round, then narrows the gap sixteenfold per
 * round (a revert means "past the end"). Then it reads backwards, because a new rule is last. The number of
 * reads is bounded for any contract.
 */
import { keccak_256 } from '@noble/hashes/sha3.js';
import type { ReadResult } from '../../engine/rpc/types.ts';
import { bytesToHex, toHash, type Address, type Hash } from '../../primitives/hex.ts';
import { encodeExact } from '../../primitives/text.ts';
import type { ReadPlan } from '../../engine/contract/read-plan.ts';
import { isUnavailable, type View } from '../../engine/contract/views.ts';

/** The search assumes fewer rules than two to this power. */
const largestExponent = 20;
const probesARound = 15;
const textsARound = 16;
const textsLookedAt = 64;

type RuleList = View<readonly [bigint], string>;

/** Returns the keccak-256 of a text's bytes, which a topic has for an indexed string. */
export function textHash(text: string): Hash {
  return toHash(bytesToHex(keccak_256(encodeExact(text))));
}

/** Returns the text among the last 64 of the list whose hash is `hash`, or null. */
export function* findRuleText(list: RuleList, target: Address, hash: Hash): ReadPlan<string | null> {
  const last = yield* findLastIndex(list, target);
  for (let top = last, seen = 0; top >= 0 && seen < textsLookedAt; top -= textsARound, seen += textsARound) {
    const indexes = range(Math.min(textsARound, top + 1)).map((offset) => top - offset);
    const results = yield indexes.map((index) => list.request(target, [BigInt(index)]));
    const text = results
      .map((result) => list.valueOf(result))
      .find((found) => found !== null && textHash(found) === hash);
    if (text !== undefined) return text;
  }
  return null;
}

/** Returns the last index of the list; -1 for an empty list, or if the node gives no answer. */
function* findLastIndex(list: RuleList, target: Address): ReadPlan<number> {
  let low = -1;
  let high = 2 ** largestExponent - 1;
  let probes = range(largestExponent).map((exponent) => 2 ** exponent - 1);
  while (probes.length > 0) {
    const results: readonly ReadResult[] = yield probes.map((index) => list.request(target, [BigInt(index)]));
    if (results.some(isUnavailable)) return -1;
    const missing = results.findIndex((result) => !isPresent(list, result));
    const before = missing === -1 ? probes.length : missing;
    low = probes[before - 1] ?? low;
    high = probes[before] ?? high;
    probes = between(low, high);
  }
  return low;
}

/** An element that is too long to read exists too. */
function isPresent(list: RuleList, result: ReadResult): boolean {
  return result.status === 'oversized' || list.valueOf(result) !== null;
}

/** Returns up to fifteen indexes that divide the gap evenly. */
function between(low: number, high: number): number[] {
  const gap = high - low;
  const count = Math.min(gap - 1, probesARound);
  return range(count).map((step) => low + Math.ceil((gap * (step + 1)) / (count + 1)));
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}
