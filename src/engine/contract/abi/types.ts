/** The TypeScript types of decoded ABI values. They equal viem's, except that addresses and hashes are branded. */
import type { Abi, AbiEvent, AbiParameter } from 'viem';
import type { Address, Hash, Hex } from '../../../primitives/hex.ts';

export type FunctionName<OfAbi extends Abi> = Extract<OfAbi[number], { type: 'function' }>['name'];

type FunctionOf<OfAbi extends Abi, Name extends string> = Extract<
  OfAbi[number],
  { type: 'function'; name: Name }
>;
type EventOf<OfAbi extends Abi, Name extends string> = Extract<OfAbi[number], { type: 'event'; name: Name }>;

/** The value of one parameter. */
export type AbiValue<Parameter> = Parameter extends { readonly type: infer Type extends string }
  ? Type extends `${infer Element}[]`
    ? readonly AbiValue<Omit<Parameter, 'type'> & { readonly type: Element }>[]
    : Type extends `${string}]`
      ? readonly unknown[]
      : Type extends 'tuple'
        ? Parameter extends { readonly components: infer Components extends readonly AbiParameter[] }
          ? NamedValues<Components>
          : never
        : SimpleValue<Type>
  : never;

/** A function's arguments, by position. */
export type CallArguments<OfAbi extends Abi, Name extends string> =
  FunctionOf<OfAbi, Name> extends { readonly inputs: infer Inputs extends readonly AbiParameter[] }
    ? AbiValues<Inputs>
    : readonly unknown[];

/** A function's result: undefined, a single value, or its values by position. */
export type CallResult<OfAbi extends Abi, Name extends string> =
  FunctionOf<OfAbi, Name> extends { readonly outputs: infer Outputs extends readonly AbiParameter[] }
    ? Outputs extends readonly []
      ? undefined
      : Outputs extends readonly [infer Only]
        ? AbiValue<Only>
        : AbiValues<Outputs>
    : unknown;

/** Decoded calldata: a union with one member per function of the ABI. */
export type DecodedCall<OfAbi extends Abi> = {
  readonly [Name in FunctionName<OfAbi>]: { readonly name: Name; readonly args: CallArguments<OfAbi, Name> };
}[FunctionName<OfAbi>];

/** An event's arguments by name. An indexed argument of a dynamic type is its hash. */
export type EventValues<OfAbi extends Abi, Name extends string> = Abi extends OfAbi
  ? Readonly<Record<string, unknown>>
  : EventOf<OfAbi, Name> extends { readonly inputs: infer Inputs extends AbiEvent['inputs'] }
    ? { readonly [Input in Inputs[number] as Input['name'] & string]: EventValue<Input> }
    : never;

type EventValue<Input> = Input extends {
  readonly indexed: true;
  readonly type: `${string}]` | 'string' | 'bytes' | 'tuple';
}
  ? Hash
  : AbiValue<Input>;

type AbiValues<Parameters extends readonly AbiParameter[]> = {
  readonly [Index in keyof Parameters]: AbiValue<Parameters[Index]>;
};

type NamedValues<Components extends readonly AbiParameter[]> = {
  readonly [Component in Components[number] as Component['name'] & string]: AbiValue<Component>;
};

type SimpleValue<Type extends string> = Type extends 'address'
  ? Address
  : Type extends 'bool'
    ? boolean
    : Type extends 'string'
      ? string
      : Type extends 'bytes32'
        ? Hash
        : Type extends `bytes${string}`
          ? Hex
          : Type extends `${'u' | ''}int${8 | 16 | 24 | 32 | 40 | 48}`
            ? number
            : Type extends `${'u' | ''}int${string}`
              ? bigint
              : unknown;
