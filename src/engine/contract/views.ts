/** View functions for read plans: the request of each and the interpretation of its result. */
import type { Abi } from 'viem';
import type { ReadRequest, ReadResult } from '../rpc/types.ts';
import type { Address, Hex } from '../../primitives/hex.ts';
import { decodedOrNull } from './abi/decode-error.ts';
import { compileCallEncoder, compileFunctionDecoder, compileStructDecoder } from './abi/function.ts';
import type { CallArguments, CallResult, FunctionName } from './abi/types.ts';

/**
 * The source of an answer: the contract's state at the end of the event's block; the arguments of the transaction's own call, if the node
 * pruned that state; or none.
 */
export type AnswerSource = 'state' | 'calldata' | 'none';

export interface View<Arguments extends readonly unknown[], Value> {
  readonly functionName: string;
  request(target: Address, args: Arguments): ReadRequest;
  /** Null if the read yielded no value: reverted, oversized, unavailable, or not decodable as the function's outputs. */
  valueOf(result: ReadResult | undefined): Value | null;
}

/** One view function. Several outputs become an array in the ABI's order. */
export function viewOf<const OfAbi extends Abi, Name extends FunctionName<OfAbi>>(
  abi: OfAbi,
  functionName: Name,
): View<CallArguments<OfAbi, Name>, CallResult<OfAbi, Name>> {
  return viewWith(abi, functionName, [compileFunctionDecoder(abi, functionName)]);
}

/**
 * A view function that returns a record, which some deployments declare as several outputs and others as one struct. The selector is the
 * same. A struct starts with an offset, which makes decoding it as separate outputs fail. Use this only for records whose second or third
 * field cannot be mistaken for an offset.
 */
export function recordViewOf<const OfAbi extends Abi, Name extends FunctionName<OfAbi>>(
  abi: OfAbi,
  functionName: Name,
): View<CallArguments<OfAbi, Name>, CallResult<OfAbi, Name>> {
  const decoders = [compileFunctionDecoder(abi, functionName), compileStructDecoder(abi, functionName)];
  return viewWith(abi, functionName, decoders);
}

/** The node had pruned the state. This is the only case in which the calldata is used instead. */
export function isUnavailable(result: ReadResult | undefined): boolean {
  return result?.status === 'unavailable';
}

function viewWith<const OfAbi extends Abi, Name extends FunctionName<OfAbi>>(
  abi: OfAbi,
  functionName: Name,
  decoders: readonly ((data: Hex) => CallResult<OfAbi, Name>)[],
): View<CallArguments<OfAbi, Name>, CallResult<OfAbi, Name>> {
  const encode = compileCallEncoder(abi, functionName);
  return {
    functionName,
    request: (target, args) => ({ kind: 'call', target, calldata: encode(args) }),
    valueOf(result) {
      if (result?.status !== 'ok') return null;
      for (const decode of decoders) {
        const value = decodedOrNull(() => decode(result.data));
        if (value !== null) return value;
      }
      return null;
    },
  };
}
