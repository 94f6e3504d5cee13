/** Seeded randomness: the same seed gives the same activity. */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { required } from '../../primitives/errors.ts';
import type { Hex } from '../../primitives/hex.ts';

export interface Random {
  /** A whole number between both ends, both included. */
  integer(from: number, to: number): number;
  /** True with this probability, between 0 and 1. */
  chance(probability: number): boolean;
  /** One of the items; throws an error if there is none. */
  pick<T>(items: readonly T[]): T;
  /** One of the matching items, or undefined if several tries find none: the cost does not grow with the list. */
  find<T>(items: readonly T[], fits: (item: T) => boolean): T | undefined;
  /** Up to `count` different items, in their order. */
  sample<T>(items: readonly T[], count: number): T[];
  /** This number of random bytes. */
  bytes(count: number): Hex;
}

const findAttempts = 24;

export function seededRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  const integer = (from: number, to: number): number => uniformInt(generator, from, to);
  const pick = <T>(items: readonly T[]): T =>
    required(items[integer(0, Math.max(0, items.length - 1))], 'something to pick from');
  return {
    integer,
    pick,
    chance: (probability) => integer(1, 1_000_000) <= probability * 1_000_000,
    find(items, fits) {
      if (items.length <= findAttempts) {
        const fitting = items.filter(fits);
        return fitting.length === 0 ? undefined : pick(fitting);
      }
      for (let attempt = 0; attempt < findAttempts; attempt++) {
        const item = pick(items);
        if (fits(item)) return item;
      }
      return undefined;
    },
    sample(items, count) {
      const chosen = new Set<number>();
      while (chosen.size < Math.min(count, items.length)) chosen.add(integer(0, items.length - 1));
      return items.filter((_, index) => chosen.has(index));
    },
    bytes(count) {
      const digits = Array.from({ length: count }, () => integer(0, 255).toString(16).padStart(2, '0'));
      return `0x${digits.join('')}`;
    },
  };
}
