/** Everybody in a generated life: as many as its size wants, some of them busier than others. */
import { toAddress } from '../../primitives/hex.ts';
import type { Address } from '../../primitives/hex.ts';
import type { Random } from '../activity/random.ts';

export interface DatasetUsers {
  readonly makers: readonly Address[];
  readonly carriers: readonly Address[];
  readonly shops: readonly Address[];
  readonly auditors: readonly Address[];
  readonly consumers: readonly Address[];
  /** Owns the contracts, and gives everybody their first tokens. */
  readonly operator: Address;
}

/** A crowd of `size`, and at least one of each part. */
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

/** One of them, the first ones more often: few have much and most have little, as sums go wrong where counts differ. */
export function busyOne<T>(random: Random, items: readonly T[]): T | undefined {
  const drawn = random.integer(0, drawSteps - 1) / drawSteps;
  return items[Math.floor(drawn ** 2 * items.length)];
}
