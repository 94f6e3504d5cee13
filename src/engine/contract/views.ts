/** Views of a contract for read plans: how to ask for one, and what its answer means. */
import type { Abi } from 'viem';
import type { ReadRequest, ReadResult } from '../rpc/types.ts';
import type { Address, Hex } from '../../primitives/hex.ts';
import { decodedOrNull } from './abi/decode-error.ts';
import { compileCallEncoder, compileFunctionDecoder, compileStructDecoder } from './abi/function.ts';
import type { CallArguments, CallResult, FunctionName } from './abi/types.ts';

/**
 * Which way an answer came: from the contract's state at the end of the event's block; from the arguments of the
 * transaction's own call, where the node no longer has that state; or it didn't.
 */
export type AnswerSource = 'state' | 'calldata' | 'none';

export interface View<Arguments extends readonly unknown[], Value> {
  readonly functionName: string;
  request(target: Address, args: Arguments): ReadRequest;
  /** Null where the read gave nothing: reverted, oversized, unavailable, or not what the function returns. */
  valueOf(result: ReadResult | undefined): Value | null;
}

/** One view function. Outputs of more than one are an array in the ABI's order. */
export function viewOf<const OfAbi extends Abi, Name extends FunctionName<OfAbi>>(
  abi: OfAbi,
  functionName: Name,
): View<CallArguments<OfAbi, Name>, CallResult<OfAbi, Name>> {
  return viewWith(abi, functionName, [compileFunctionDecoder(abi, functionName)]);
}

/**
 * A view function that returns a record, which some deployments write as several outputs and others as one struct. The
 * selector is the same; the struct has an offset in front, by which the outputs' own offsets fail to decode. Only for records
 * whose second or third field can't pass for an offset.
 */
export function recordViewOf<const OfAbi extends Abi, Name extends FunctionName<OfAbi>>(
  abi: OfAbi,
  functionName: Name,
): View<CallArguments<OfAbi, Name>, CallResult<OfAbi, Name>> {
  const decoders = [compileFunctionDecoder(abi, functionName), compileStructDecoder(abi, functionName)];
  return viewWith(abi, functionName, decoders);
}

/** The node had no such state: the one case in which calldata is asked instead. */
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
