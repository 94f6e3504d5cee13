/**
 * Decodes static values directly from a log's hex, without a conversion to bytes. This is the fast path: most logs are ERC-20 transfers.
 */
import { InvariantError } from '../../../primitives/errors.ts';
import { RecentValues } from '../../../primitives/recent-values.ts';
import { DecodeError } from './decode-error.ts';
import { integerType } from './parameter.ts';
import { type Hex, hexToBytes } from '../../../primitives/hex.ts';

/** Reads one value from the 64 hex digits of its word (a `bytesN` at the end of the data may have fewer). */
export type WordReader = (word: string) => unknown;

export interface WordType {
  readonly read: WordReader;
  /** Bytes of the word that must be present. */
  readonly requiredSize: number;
}

const wordDigits = 64;
const zeroWord = '0'.repeat(wordDigits);
const oneWord = `${'0'.repeat(wordDigits - 1)}1`;

/** The reader of a static, single-word type. Null for all other types. */
export function wordType(type: string): WordType | null {
  const integer = integerType(type);
  if (integer !== null) {
    const read = integer.signed ? signedInteger : unsignedInteger;
    return { read: integer.isNumber ? (word) => toNumber(read(word)) : read, requiredSize: 32 };
  }
  if (type === 'address') return { read: address, requiredSize: 32 };
  if (type === 'bool') return { read: boolean, requiredSize: 32 };
  const fixedBytes = /^bytes(\d+)$/.exec(type);
  if (fixedBytes === null) return null;
  const size = Number(fixedBytes[1]);
  return { read: (word) => `0x${word.slice(0, size * 2)}`, requiredSize: size };
}

/** Like `wordType`, for a type that is known to be a single word. */
export function requiredWordType(type: string): WordType {
  const found = wordType(type);
  if (found === null) throw new InvariantError(`${type} is not a single-word ABI type`);
  return found;
}

/** Wallets repeat and are looked up often. One string object per wallet is stored, so that the JavaScript engine hashes it only once. */
const recentAddresses = new RecentValues<string, string>(20_000);

function address(word: string): string {
  return addressInTopic(`0x${word}`);
}

/**
 * The address in a full topic word. The parser shares one string per topic, so this cache looks up the whole topic; a substring would be
 * hashed on every lookup.
 */
export function addressInTopic(topic: string): string {
  return recentAddresses.get(topic, (seen) => `0x${seen.slice(26)}`);
}

function unsignedInteger(word: string): bigint {
  return BigInt(`0x${word}`);
}

function signedInteger(word: string): bigint {
  return BigInt.asIntN(256, unsignedInteger(word));
}

function toNumber(value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new DecodeError('an integer is wider than its type', 'abi/value-out-of-range');
}

function boolean(word: string): boolean {
  if (word === zeroWord) return false;
  if (word === oneWord) return true;
  throw new DecodeError('a bool is neither 0 nor 1', 'abi/value-out-of-range');
}

/** Converts hex to bytes. Throws a DecodeError if it is not hex; Node's own conversion would truncate it silently. */
export function bytesOf(hex: Hex): Buffer {
  const bytes = hexToBytes(hex);
  if (bytes.length * 2 + 2 !== hex.length) throw new DecodeError('not whole bytes of hex', 'abi/not-hex');
  return bytes;
}
