/**
 * Multicall3's `aggregate3((address target, bool allowFailure, bytes callData)[]) returns ((bool success, bytes returnData)[])`, with an
 * encoder and a decoder for this one function (https://www.multicall3.com; Solidity ABI specification, "Formal Specification of the
 * Encoding"). A test compares them with viem's codec.
 */
import { MalformedAnswerError } from '../rpc/errors.ts';
import type { Address, Hex } from '../../primitives/hex.ts';

export interface ContractCall {
  readonly target: Address;
  readonly calldata: Hex;
}

export interface CallOutcome {
  readonly success: boolean;
  readonly returnData: Hex;
}

const selector = '82ad56cb';
const wordDigits = 64;
const wordBytes = 32;

/** The calldata of `aggregate3`, in which every call is allowed to fail. */
export function encodeAggregate(calls: readonly ContractCall[]): Hex {
  const offsets: string[] = [];
  const elements: string[] = [];
  let offset = calls.length * wordBytes;
  for (const { target, calldata } of calls) {
    const element = encodeCall(target, calldata);
    offsets.push(word(offset));
    elements.push(element);
    offset += element.length / 2;
  }
  return `0x${selector}${word(wordBytes)}${word(calls.length)}${offsets.join('')}${elements.join('')}`;
}

/** The outcomes of `count` calls. Throws a MalformedAnswerError unless the data is exactly such a response. */
export function decodeAggregate(data: Hex, count: number): CallOutcome[] {
  const digits = data.slice(2);
  const array = readOffset(digits, 0, 0);
  if (readLength(digits, array) !== count) throw malformed();
  const head = array + wordDigits;
  return Array.from({ length: count }, (_, index) => {
    const element = readOffset(digits, head + index * wordDigits, head);
    const success = readLength(digits, element);
    if (success > 1) throw malformed();
    const bytes = readOffset(digits, element + wordDigits, element);
    const length = readLength(digits, bytes) * 2;
    const start = bytes + wordDigits;
    if (start + length > digits.length) throw malformed();
    return { success: success === 1, returnData: `0x${digits.slice(start, start + length)}` };
  });
}

function encodeCall(target: Address, calldata: Hex): string {
  const digits = calldata.slice(2);
  const padding = '0'.repeat((wordDigits - (digits.length % wordDigits)) % wordDigits);
  const address = target.slice(2).padStart(wordDigits, '0');
  return `${address}${word(1)}${word(3 * wordBytes)}${word(digits.length / 2)}${digits}${padding}`;
}

function word(value: number): string {
  return value.toString(16).padStart(wordDigits, '0');
}

/** Reads a number. A value larger than the data itself cannot be valid. */
function readLength(digits: string, at: number): number {
  const text = digits.slice(at, at + wordDigits);
  const value = text.length === wordDigits ? Number(`0x${text}`) : Number.NaN;
  if (!(value <= digits.length)) throw malformed();
  return value;
}

/** The absolute position of the offset at `at`, in hex digits, relative to `base`. */
function readOffset(digits: string, at: number, base: number): number {
  return base + readLength(digits, at) * 2;
}

function malformed(): MalformedAnswerError {
  return new MalformedAnswerError('aggregate3', 'an array of outcomes, one per call');
}
