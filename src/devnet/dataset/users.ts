/** The users of a generated dataset: their number grows with its size, and some are more active than others. */
import { toAddress } from '../../primitives/hex.ts';
import type { Address } from '../../primitives/hex.ts';
import type { Random } from '../activity/random.ts';

export interface DatasetUsers {
  readonly makers: readonly Address[];
  readonly carriers: readonly Address[];
  readonly shops: readonly Address[];
  readonly auditors: readonly Address[];
  readonly consumers: readonly Address[];
  /** Owns the contracts, and gives every user its first tokens. */
  readonly operator: Address;
}

/** Makes `size` users, at least one of each role. */
export function gather(random: Random, size: number): DatasetUsers {
  const group = (share: number): Address[] =>
    Array.from({ length: Math.max(1, Math.round(size * share)) }, () => newAddress(random));
  return {
    operator: newAddress(random),
    makers: group(0.08),
    carriers: group(0.04),
    shops: group(0.08),
    auditors: group(0.01),
    consumers: group(0.79),
  };
}

export function newAddress(random: Random): Address {
  return toAddress(random.bytes(20));
}

const drawSteps = 65_536;

/** Picks one, the first ones more often: a skewed distribution (few have much, most have little) reveals errors in sums. */
export function busyOne<T>(random: Random, items: readonly T[]): T | undefined {
  const drawn = random.integer(0, drawSteps - 1) / drawSteps;
  return items[Math.floor(drawn ** 2 * items.length)];
}
