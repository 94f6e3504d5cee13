/** Decodes return data and calldata, and encodes calls. The codecs are compiled once per function. */
import { encodeAbiParameters, toFunctionSelector, type Abi, type AbiFunction, type AbiParameter } from 'viem';
import { InvariantError } from '../../../primitives/errors.ts';
import { bytesToHex, type Hex } from '../../../primitives/hex.ts';
import { encodeExact } from '../../../primitives/text.ts';
import { Cursor } from './cursor.ts';
import { decodingItem } from './decode-error.ts';
import { bytesOf } from './word.ts';
import { compileParameters } from './parameter.ts';
import type { CallArguments, CallResult, DecodedCall, FunctionName } from './types.ts';

const selectorDigits = 10;

/** Compiles a decoder of a function's return data that behaves like viem's `decodeFunctionResult`. The decoder throws a DecodeError. */
export function compileFunctionDecoder<const OfAbi extends Abi, Name extends FunctionName<OfAbi>>(
  abi: OfAbi,
  functionName: Name,
): (data: Hex) => CallResult<OfAbi, Name> {
  const { outputs } = onlyFunction(abi, functionName);
  const decode = compileParameters(outputs);
  return (data) =>
    decodingItem(functionName, () => {
      const values = decode(new Cursor(bytesOf(data)));
      return (values.length > 1 ? values : values[0]) as CallResult<OfAbi, Name>;
    });
}

/** Compiles a decoder for the same outputs returned as one struct. The encodings differ if any output has a dynamic type. */
export function compileStructDecoder<const OfAbi extends Abi, Name extends FunctionName<OfAbi>>(
  abi: OfAbi,
  functionName: Name,
): (data: Hex) => CallResult<OfAbi, Name> {
  const components = onlyFunction(abi, functionName).outputs.map((output) => ({ ...output, name: '' }));
  const decode = compileParameters([{ type: 'tuple', components }]);
  return (data) =>
    decodingItem(functionName, () => decode(new Cursor(bytesOf(data)))[0] as CallResult<OfAbi, Name>);
}

/**
 * Compiles a decoder of a transaction's input. It returns null if the input has no selector or the ABI has no such function, and throws a
 * DecodeError if the arguments do not match the function.
 */
export function compileCallDecoder<const OfAbi extends Abi>(
  abi: OfAbi,
): (input: Hex) => DecodedCall<OfAbi> | null {
  const bySelector = new Map<string, { name: string; decode: (cursor: Cursor) => unknown[] }>();
  for (const item of functionsOf(abi)) {
    const selector = toFunctionSelector(item);
    // For a function without arguments, the bytes after the selector have no meaning.
    const decode = item.inputs.length === 0 ? () => [] : compileParameters(item.inputs);
    if (!bySelector.has(selector)) bySelector.set(selector, { name: item.name, decode });
  }
  return (input) => {
    const found = bySelector.get(input.slice(0, selectorDigits));
    if (found === undefined) return null;
    const { name, decode } = found;
    return decodingItem(name, () => {
      const args = decode(new Cursor(bytesOf(`0x${input.slice(selectorDigits)}`)));
      return { name, args } as unknown as DecodedCall<OfAbi>;
    });
  };
}

/** Compiles an encoder of calldata. It encodes strings from `decodeExact` to exactly their original bytes. */
export function compileCallEncoder<const OfAbi extends Abi, Name extends FunctionName<OfAbi>>(
  abi: OfAbi,
  functionName: Name,
): (args: CallArguments<OfAbi, Name>) => Hex {
  const item = onlyFunction(abi, functionName);
  const selector = toFunctionSelector(item);
  const inputs = item.inputs.map(withoutStrings);
  return (args) => {
    const values: readonly unknown[] = args;
    const encoded = encodeAbiParameters(
      inputs,
      item.inputs.map((input, index) => exactBytes(input, values[index])),
    );
    return `${selector}${encoded.slice(2)}` as Hex;
  };
}

function functionsOf(abi: Abi): AbiFunction[] {
  return abi.filter((item) => item.type === 'function');
}

function onlyFunction(abi: Abi, name: string): AbiFunction {
  const [found, ...others] = functionsOf(abi).filter((item) => item.name === name);
  if (found === undefined || others.length > 0) {
    throw new InvariantError(`the ABI has ${others.length === 0 ? 'no' : 'more than one'} function ${name}`);
  }
  return found;
}

/** Strings and bytes have the same encoding, and bytes accept ill-formed UTF-8. */
function withoutStrings(parameter: AbiParameter): AbiParameter {
  const type = parameter.type.replace(/^string/, 'bytes');
  return 'components' in parameter
    ? { ...parameter, type, components: parameter.components.map(withoutStrings) }
    : { ...parameter, type };
}

function exactBytes(parameter: AbiParameter, value: unknown): unknown {
  if (parameter.type === 'string') return bytesToHex(encodeExact(String(value)));
  const element = /^(.*)\[\d*\]$/s.exec(parameter.type);
  if (element !== null && Array.isArray(value)) {
    return value.map((item) => exactBytes({ ...parameter, type: element[1] ?? '' }, item));
  }
  if ('components' in parameter && typeof value === 'object' && value !== null) {
    const fields = Array.isArray(value) ? value : undefined;
    const entries = parameter.components.map((component, index): [string, unknown] => {
      const name = component.name ?? '';
      return [name, exactBytes(component, fields === undefined ? Reflect.get(value, name) : fields[index])];
    });
    return fields === undefined ? Object.fromEntries(entries) : entries.map(([, item]) => item);
  }
  return value;
}
