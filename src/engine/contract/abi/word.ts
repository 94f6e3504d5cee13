/** Static values straight from a log's hex, without turning it into bytes: the fast path, for most logs are ERC-20 transfers. */
import { InvariantError } from '../../../primitives/errors.ts';
import { RecentValues } from '../../../primitives/recent-values.ts';
import { DecodeError } from './decode-error.ts';
import { integerType } from './parameter.ts';

/** Reads one value from the 64 hex digits of its word (a `bytesN` at the data's end may have fewer). */
export type WordReader = (word: string) => unknown;

export interface WordType {
  readonly read: WordReader;
  /** Bytes of the word that must be there. */
  readonly requiredSize: number;
}

const wordDigits = 64;
const zeroWord = '0'.repeat(wordDigits);
const oneWord = `${'0'.repeat(wordDigits - 1)}1`;

/** The reader of a static, single-word type; null for every other type. */
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

/** Like `wordType`, for a type that is known to be of one word. */
export function requiredWordType(type: string): WordType {
  const found = wordType(type);
  if (found === null) throw new InvariantError(`${type} is no single-word ABI type`);
  return found;
}

/** Wallets come again and again, and each is looked up many times: one string a wallet is hashed once. */
const recentAddresses = new RecentValues<string, string>(20_000);

function address(word: string): string {
  return addressInTopic(`0x${word}`);
}

/** The address in a whole topic, which is one string however often it comes (chain/parse.ts): finding it by a part would hash each anew. */
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
