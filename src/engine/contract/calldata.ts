/** Reads facts from a transaction's own calldata, if the transaction calls the event's contract directly. */
import type { Abi } from 'viem';
import type { RawLog, ReadRequest, ReadResult } from '../rpc/types.ts';
import { toAddress, zeroAddress, type Address, type Hex } from '../../primitives/hex.ts';
import { decodedOrNull } from './abi/decode-error.ts';
import { compileCallDecoder } from './abi/function.ts';
import type { DecodedCall } from './abi/types.ts';
import type { ReadPlan } from './read-plan.ts';

/**
 * A direct call of the transaction to the contract. If the call passes through another contract, the transaction's input is not reliable.
 */
export interface DirectCall<OfAbi extends Abi> {
  readonly from: Address;
  /** Null if the ABI does not have the function, or if the input does not match its arguments. */
  readonly call: DecodedCall<OfAbi> | null;
}

/** The minimal event that a read plan sees. */
interface Logged {
  readonly log: RawLog;
}

/** The read request for the event's transaction. */
export function transactionRequest({ log }: Logged): ReadRequest {
  return { kind: 'transaction', transactionHash: log.transactionHash };
}

/**
 * Compiles an ABI's functions into a reader of `transaction` results. The reader returns null if the transaction did not call the event's
 * contract directly.
 */
export function directCallReader<const OfAbi extends Abi>(
  abi: OfAbi,
): (event: Logged, result: ReadResult | undefined) => DirectCall<OfAbi> | null {
  const decode = compileCallDecoder(abi);
  return ({ log }, result) => {
    const transaction = result?.status === 'ok' ? splitTransaction(result.data) : null;
    if (transaction === null || transaction.to !== log.address) return null;
    return { from: transaction.from, call: decodedOrNull(() => decode(transaction.input)) };
  };
}

/** A read plan step that requests the transaction and returns its direct call. */
export function* askDirectCall<OfAbi extends Abi>(
  event: Logged,
  read: (event: Logged, result: ReadResult | undefined) => DirectCall<OfAbi> | null,
): ReadPlan<DirectCall<OfAbi> | null> {
  const [result] = yield [transactionRequest(event)];
  return read(event, result);
}

/**
 * The batch element that an event refers to: the only match, or the first of several equal matches. Null if several different elements
 * match, because the event's element is then ambiguous.
 */
export function onlyMatch<Element>(
  elements: readonly Element[],
  matches: (element: Element) => boolean,
): Element | null {
  const found = elements.filter(matches);
  const [first] = found;
  if (first === undefined) return null;
  const text = canonical(first);
  return found.every((element) => canonical(element) === text) ? first : null;
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? `${item}n` : item));
}

const addressDigits = 40;

function splitTransaction(data: Hex): { from: Address; to: Address | null; input: Hex } {
  const inputStart = 2 + 2 * addressDigits;
  const to = toAddress(`0x${data.slice(2 + addressDigits, inputStart)}`);
  return {
    from: toAddress(data.slice(0, 2 + addressDigits)),
    to: to === zeroAddress ? null : to,
    input: `0x${data.slice(inputStart)}`,
  };
}
