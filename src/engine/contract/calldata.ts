/** What a transaction's own call says, where it calls the event's contract directly. */
import type { Abi } from 'viem';
import type { RawLog, ReadRequest, ReadResult } from '../rpc/types.ts';
import { toAddress, zeroAddress, type Address, type Hex } from '../../primitives/hex.ts';
import { decodedOrNull } from './abi/decode-error.ts';
import { compileCallDecoder } from './abi/function.ts';
import type { DecodedCall } from './abi/types.ts';
import type { ReadPlan } from './read-plan.ts';

/** A call that the transaction itself makes to the contract; through another contract, its input says nothing reliable. */
export interface DirectCall<OfAbi extends Abi> {
  readonly from: Address;
  /** Null where the ABI doesn't have the function, or the input isn't what the function takes. */
  readonly call: DecodedCall<OfAbi> | null;
}

/** Where a plan stands: any event has these. */
interface Logged {
  readonly log: RawLog;
}

export function transactionRequest({ log }: Logged): ReadRequest {
  return { kind: 'transaction', transactionHash: log.transactionHash };
}

/** Compiles an ABI's functions into a reader of `transaction` results: null where the call wasn't to the event's contract. */
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

/** Asks for the transaction, as a part of a plan, and gives its direct call. */
export function* askDirectCall<OfAbi extends Abi>(
  event: Logged,
  read: (event: Logged, result: ReadResult | undefined) => DirectCall<OfAbi> | null,
): ReadPlan<DirectCall<OfAbi> | null> {
  const [result] = yield [transactionRequest(event)];
  return read(event, result);
}

/**
 * The element of a batch that an event is about: the one that matches; of several that match, the first where all are
 * alike; else null, for then which one it was can't be told.
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
