/** An action is one transaction that somebody could send now: plain data, sent by the player. */
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
  /** The function that it calls. */
  readonly name: string;
  readonly from: Address;
  readonly to: Address;
  readonly data: Hex;
  readonly valueWei: bigint;
  readonly gas: bigint;
  /** What it needs unchanged until it is mined: two actions that claim the same aren't sent in one round. */
  readonly claims: readonly string[];
}

export interface ActionOptions {
  readonly valueWei?: bigint;
  readonly gas?: bigint;
  readonly claims?: readonly string[];
}

type WriteMutability = Extract<AbiStateMutability, 'nonpayable' | 'payable'>;
type WriteName<ContractAbi extends Abi> = ContractFunctionName<ContractAbi, WriteMutability>;

/** Enough for any call of the fixtures but a factory's deployment. */
const ordinaryGas = 4_000_000n;
export const deploymentGas = 12_000_000n;

/** A call of a contract's function, its arguments checked against the ABI by the type checker. */
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
    // viem's own parameter type doesn't follow a generic ABI; ours has checked name and arguments already.
    data: toHex(encodeFunctionData(call as unknown as EncodeFunctionDataParameters)),
    valueWei: options.valueWei ?? 0n,
    gas: options.gas ?? ordinaryGas,
    claims: options.claims ?? [],
  };
}
