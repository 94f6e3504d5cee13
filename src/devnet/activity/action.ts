/** An action is one transaction that an account could send now: plain data, which the runner sends. */
import { encodeFunctionData } from 'viem';
import type {
  Abi,
  AbiStateMutability,
  ContractFunctionArgs,
  ContractFunctionName,
  EncodeFunctionDataParameters,
} from 'viem';
import { toHex } from '../../primitives/hex.ts';
import type { Address, Hex } from '../../primitives/hex.ts';

export interface Action {
  /** The called function. */
  readonly name: string;
  readonly from: Address;
  readonly to: Address;
  readonly data: Hex;
  readonly valueWei: bigint;
  readonly gas: bigint;
  /** The state that must not change until it is mined: two actions that claim the same state are not sent in one round. */
  readonly claims: readonly string[];
}

export interface ActionOptions {
  readonly valueWei?: bigint;
  readonly gas?: bigint;
  readonly claims?: readonly string[];
}

type WriteMutability = Extract<AbiStateMutability, 'nonpayable' | 'payable'>;
type WriteName<ContractAbi extends Abi> = ContractFunctionName<ContractAbi, WriteMutability>;

/** Sufficient for any call of the fixtures except a factory's deployment. */
const ordinaryGas = 4_000_000n;
export const deploymentGas = 12_000_000n;

/** Makes a call of a contract's function; the type checker checks the arguments against the ABI. */
export function callOf<const ContractAbi extends Abi, Name extends WriteName<ContractAbi>>(
  contract: { readonly abi: ContractAbi; readonly address: Address },
  from: Address,
  name: Name,
  functionArguments: ContractFunctionArgs<ContractAbi, WriteMutability, Name>,
  options: ActionOptions = {},
): Action {
  const call = { abi: contract.abi, functionName: name, args: functionArguments };
  return {
    name,
    from,
    to: contract.address,
    // viem's parameter type does not support a generic ABI; this function's type has checked name and arguments already.
    data: toHex(encodeFunctionData(call as unknown as EncodeFunctionDataParameters)),
    valueWei: options.valueWei ?? 0n,
    gas: options.gas ?? ordinaryGas,
    claims: options.claims ?? [],
  };
}
