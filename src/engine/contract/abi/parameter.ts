/**
 * Decoders of ABI parameters, compiled once into closures.
 *
 * They accept and refuse the same data as viem's `decodeAbiParameters`. Like viem, they tolerate some harmless deviations: they drop dirty
 * high bytes of an address and dirty low bytes of a `bytesN`, take an integer narrower than 256 bits from its whole word, and accept a
 * string without padding. They refuse a bool that is neither 0 nor 1. They differ from viem in two ways: addresses are lower case, and
 * strings are decoded exactly (see primitives/text.ts) instead of lossily.
 */
import type { AbiParameter } from 'viem';
import { InvariantError } from '../../../primitives/errors.ts';
import { bytesToHex } from '../../../primitives/hex.ts';
import { decodeExact } from '../../../primitives/text.ts';
import { bigintAt, safeIntegerAt, type Cursor } from './cursor.ts';
import { DecodeError } from './decode-error.ts';

export const wordSize = 32;
/** Integers of up to this number of bits are numbers and wider ones are bigints, as in viem's types. */
const widestNumberBits = 48;

export interface ParameterDecoder {
  /** Bytes in the enclosing head: 32 for a dynamic type (its offset), the whole size for a static type. */
  readonly headSize: number;
  /** Bytes of the head that must be present. A `bytesN` at the end needs no padding. */
  readonly requiredSize: number;
  readonly isDynamic: boolean;
  /** Decodes at the cursor. Offsets read here are relative to `base`. */
  decode(cursor: Cursor, base: number): unknown;
}

function compileParameter(parameter: AbiParameter): ParameterDecoder {
  const { type } = parameter;
  const array = /^(.*)\[(\d*)\]$/s.exec(type);
  if (array !== null) {
    const element = compileParameter({ ...parameter, type: array[1] ?? '' });
    return array[2] === '' ? dynamicArray(element) : fixedArray(element, Number(array[2]));
  }
  if (type === 'tuple') return compileTuple(componentsOf(parameter));
  if (type === 'string') return dynamicText(decodeExact, '');
  if (type === 'bytes') return dynamicText(bytesToHex, '0x');
  return compileWord(type);
}

/** Compiles a decoder of a parameter list, as in event data, return data and calldata. The decoder throws a DecodeError. */
export function compileParameters(parameters: readonly AbiParameter[]): (cursor: Cursor) => unknown[] {
  const decoders = parameters.map(compileParameter);
  return (cursor) => {
    const { length } = cursor.bytes;
    if (length < wordSize && (length > 0 || decoders.length > 0)) {
      throw new DecodeError(`${length} bytes are less than one word`, 'abi/out-of-bounds');
    }
    const values: unknown[] = [];
    let head = 0;
    for (const decoder of decoders) {
      // Parameters of size zero may be at the end of the data, a position that the cursor refuses.
      if (head < length) cursor.moveTo(head);
      values.push(decoder.decode(cursor, 0));
      head += decoder.headSize;
    }
    return values;
  };
}

/** The component names, or null if any component has no name: such a tuple decodes to an array instead of an object. */
export function namesOf(parameters: readonly AbiParameter[]): readonly string[] | null {
  const names = parameters.map((parameter) => parameter.name ?? '');
  return names.length === 0 || names.includes('') ? null : names;
}

/** The signedness of an ABI integer type, and whether its values are numbers instead of bigints. Null for other types. */
export function integerType(type: string): { signed: boolean; isNumber: boolean } | null {
  const integer = /^(u?)int(\d*)$/.exec(type);
  if (integer === null) return null;
  return { signed: integer[1] === '', isNumber: Number(integer[2] || '256') <= widestNumberBits };
}

function componentsOf(parameter: AbiParameter): readonly AbiParameter[] {
  return 'components' in parameter ? parameter.components : [];
}

function compileWord(type: string): ParameterDecoder {
  const integer = integerType(type);
  if (integer !== null)
    return word(integer.isNumber ? numberReader(integer.signed) : bigintReader(integer.signed));
  if (type === 'address')
    return word((bytes, start) => `0x${bytes.toString('hex', start + 12, start + wordSize)}`);
  if (type === 'bool') return word(booleanAt);
  const fixedBytes = /^bytes(\d+)$/.exec(type);
  if (fixedBytes !== null) {
    const size = Number(fixedBytes[1]);
    return word((bytes, start) => `0x${bytes.toString('hex', start, start + size)}`, size);
  }
  throw new InvariantError(`no decoder for the ABI type ${type}`, {
    fix: 'Use types of the Solidity ABI in abis/.',
  });
}

function word(read: (bytes: Buffer, start: number) => unknown, requiredSize = wordSize): ParameterDecoder {
  return {
    headSize: wordSize,
    requiredSize,
    isDynamic: false,
    decode: (cursor) => read(cursor.bytes, cursor.take(requiredSize, wordSize)),
  };
}

function bigintReader(signed: boolean): (bytes: Buffer, start: number) => bigint {
  return signed ? (bytes, start) => BigInt.asIntN(256, bigintAt(bytes, start)) : bigintAt;
}

function numberReader(signed: boolean): (bytes: Buffer, start: number) => number {
  return (bytes, start) => {
    const small = safeIntegerAt(bytes, start);
    if (small !== null) return small;
    const value = signed ? Number(BigInt.asIntN(256, bigintAt(bytes, start))) : Number.NaN;
    if (Number.isSafeInteger(value)) return value;
    throw new DecodeError(`the integer at byte ${start} is wider than its type`, 'abi/value-out-of-range');
  };
}

function booleanAt(bytes: Buffer, start: number): boolean {
  const value = safeIntegerAt(bytes, start);
  if (value === 0) return false;
  if (value === 1) return true;
  throw new DecodeError(`the bool at byte ${start} is neither 0 nor 1`, 'abi/value-out-of-range');
}

function dynamicText(decode: (bytes: Buffer) => string, empty: string): ParameterDecoder {
  return dynamic((cursor, start) => {
    cursor.moveTo(start);
    const size = cursor.takeSize();
    return size === 0 ? empty : decode(cursor.takeText(size));
  });
}

function dynamicArray(element: ParameterDecoder): ParameterDecoder {
  return dynamic((cursor, start) => {
    cursor.moveTo(start);
    const length = cursor.takeSize();
    const first = start + wordSize;
    if (length > 0) cursor.requireSpace(first, (length - 1) * element.headSize + element.requiredSize);
    return decodeElements(cursor, element, length, first);
  });
}

function fixedArray(element: ParameterDecoder, length: number): ParameterDecoder {
  if (element.isDynamic) return dynamic((cursor, start) => decodeElements(cursor, element, length, start));
  return {
    headSize: element.headSize * length,
    requiredSize: length === 0 ? 0 : element.headSize * (length - 1) + element.requiredSize,
    isDynamic: false,
    decode(cursor, base) {
      const values: unknown[] = [];
      for (let index = 0; index < length; index += 1) {
        values.push(element.decode(cursor, base));
        if (element.headSize === 0) cursor.countRead();
      }
      return values;
    },
  };
}

/** Decodes consecutive elements from `first` on. Their offsets are relative to `first` too. */
function decodeElements(cursor: Cursor, element: ParameterDecoder, length: number, first: number): unknown[] {
  const values: unknown[] = [];
  for (let index = 0; index < length; index += 1) {
    cursor.moveTo(first + index * element.headSize);
    values.push(element.decode(cursor, first));
    if (element.headSize === 0) cursor.countRead();
  }
  return values;
}

function compileTuple(components: readonly AbiParameter[]): ParameterDecoder {
  const decoders = components.map(compileParameter);
  const names = namesOf(components);
  const named = (values: unknown[]): unknown => (names === null ? values : nameValues(names, values));
  if (decoders.some((decoder) => decoder.isDynamic)) {
    return dynamic((cursor, start) => {
      let head = start;
      const values: unknown[] = [];
      for (const decoder of decoders) {
        cursor.moveTo(head);
        values.push(decoder.decode(cursor, start));
        head += decoder.headSize;
      }
      return named(values);
    });
  }
  const headSize = decoders.reduce((sum, decoder) => sum + decoder.headSize, 0);
  const slack = decoders.findLast((decoder) => decoder.headSize > 0);
  return {
    headSize,
    requiredSize: headSize - (slack === undefined ? 0 : slack.headSize - slack.requiredSize),
    isDynamic: false,
    decode: (cursor, base) => named(decoders.map((decoder) => decoder.decode(cursor, base))),
  };
}

/** Combines names and values into an object. */
export function nameValues(names: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  const named: Record<string, unknown> = {};
  for (let index = 0; index < names.length; index += 1) named[names[index] ?? ''] = values[index];
  return named;
}

/** A dynamic type: its head is an offset from `base`, and `decodeAt` decodes at the target of the offset. */
function dynamic(decodeAt: (cursor: Cursor, start: number) => unknown): ParameterDecoder {
  return {
    headSize: wordSize,
    requiredSize: wordSize,
    isDynamic: true,
    decode(cursor, base) {
      const value = decodeAt(cursor, base + cursor.takeSize());
      // viem's decoder returns to this position instead of the next head, and refuses data that ends before it.
      cursor.moveTo(base + wordSize);
      return value;
    },
  };
}
