/** Random ABI types with values, and random corruptions of their encoding. */
import * as fc from 'fast-check';
import type { AbiParameter } from 'viem';
import { encodeAbiParameters } from 'viem';
import { hexToBytes, bytesToHex, type Hex } from '../../../src/primitives/hex.ts';
import { encodeExact } from '../../../src/primitives/text.ts';

const hexOf = (size: number) => fc.uint8Array({ minLength: size, maxLength: size }).map(bytesToHex);
const bits = fc.integer({ min: 1, max: 32 }).map((bytes) => bytes * 8);

const simpleType = fc.oneof(
  fc.constantFrom('address', 'bool', 'string', 'bytes', 'uint256', 'int256'),
  bits.map((size) => `uint${size}`),
  bits.map((size) => `int${size}`),
  fc.integer({ min: 1, max: 32 }).map((size) => `bytes${size}`),
);

/** A parameter of any type, including nested arrays and tuples. */
export const { parameter } = fc.letrec<{ parameter: AbiParameter; type: AbiParameter }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    simpleType.map((type) => ({ type })),
    fc
      .tuple(tie('type'), fc.constantFrom('[]', '[]', '[0]', '[1]', '[3]'))
      .map(([element, suffix]) => ({ ...element, type: element.type + suffix })),
    fc.array(tie('parameter'), { maxLength: 3 }).map((components) => ({
      type: 'tuple',
      components: components.map((item, index) => ({
        ...item,
        name: item.name === '' ? '' : `${item.name}${index}`,
      })),
    })),
  ),
  parameter: fc
    .tuple(tie('type'), fc.constantFrom('', 'field', 'field', 'field', 'field'))
    .map(([type, name]) => ({ ...type, name })),
}));

/** Several parameters, all with distinct names or all without. */
export const parameters = fc
  .tuple(fc.array(parameter, { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([list, named]): AbiParameter[] =>
    list.map((item, index) => ({ ...item, name: named ? `argument${index}` : '' })),
  );

/** A value of the type that viem can encode. */
export function valueOf(type: AbiParameter): fc.Arbitrary<unknown> {
  const array = /^(.*)\[(\d*)\]$/s.exec(type.type);
  if (array !== null) {
    const length =
      array[2] === '' ? { maxLength: 3 } : { minLength: Number(array[2]), maxLength: Number(array[2]) };
    return fc.array(valueOf({ ...type, type: array[1] ?? '' }), length);
  }
  if ('components' in type) return tupleValue(type.components);
  const integer = /^(u?)int(\d+)$/.exec(type.type);
  if (integer !== null) return integerValue(integer[1] === '', Number(integer[2]));
  if (type.type === 'address') return hexOf(20);
  if (type.type === 'bool') return fc.boolean();
  if (type.type === 'string')
    return fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.toWellFormed());
  if (type.type === 'bytes') return fc.uint8Array({ maxLength: 70 }).map(bytesToHex);
  return hexOf(Number(type.type.slice('bytes'.length)));
}

function tupleValue(components: readonly AbiParameter[]): fc.Arbitrary<unknown> {
  const values = fc.tuple(...components.map(valueOf));
  const names = components.map((component) => component.name ?? '');
  if (names.length === 0 || names.includes('')) return values;
  return values.map((items) => Object.fromEntries(names.map((name, index) => [name, items[index]])));
}

function integerValue(signed: boolean, size: number): fc.Arbitrary<bigint | number> {
  const value = signed
    ? fc.bigInt({ min: -(1n << BigInt(size - 1)), max: (1n << BigInt(size - 1)) - 1n })
    : fc.bigInt({ min: 0n, max: (1n << BigInt(size)) - 1n });
  return size > 48 ? value : value.map(Number);
}

export const encodedParameters = parameters.chain((types) =>
  fc
    .tuple(...types.map(valueOf))
    .map((values) => ({ types, values, data: encodeAbiParameters(types, values) })),
);

/** A corruption of encoded data, as from a hostile contract. */
const spoiling = fc.oneof(
  fc.record({ kind: fc.constant('truncate' as const), at: fc.nat(2000) }),
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(2000), bit: fc.nat(7) }),
  fc.record({
    kind: fc.constant('word' as const),
    at: fc.nat(60),
    value: fc.oneof(fc.nat(400), fc.constantFrom(2 ** 31, 2 ** 45)),
  }),
  fc.record({ kind: fc.constant('append' as const), at: fc.nat(40) }),
);

export const spoilings = fc.array(spoiling, { minLength: 1, maxLength: 4 });

export function spoil(
  data: Hex,
  changes: readonly (typeof spoiling extends fc.Arbitrary<infer Change> ? Change : never)[],
): Hex {
  let bytes = hexToBytes(data);
  for (const change of changes) {
    if (change.kind === 'truncate') bytes = bytes.subarray(0, change.at % (bytes.length + 1));
    else if (change.kind === 'append') bytes = Buffer.concat([bytes, Buffer.alloc(change.at, 1)]);
    else if (bytes.length >= 32) spoilInPlace(bytes, change);
  }
  return bytesToHex(bytes);
}

function spoilInPlace(
  bytes: Buffer,
  change: { kind: 'flip'; at: number; bit: number } | { kind: 'word'; at: number; value: number },
): void {
  if (change.kind === 'flip') {
    const at = change.at % bytes.length;
    bytes[at] = (bytes[at] ?? 0) ^ (1 << change.bit);
    return;
  }
  const start = (change.at * 32) % (bytes.length - (bytes.length % 32));
  bytes.fill(0, start, start + 32);
  bytes.writeBigUInt64BE(BigInt(change.value), start + 24);
}

/** viem's value in the program's representation. Strings of both are compared in viem's lossy decoding. */
export function comparable(type: AbiParameter, value: unknown, ours: boolean): unknown {
  const array = /^(.*)\[\d*\]$/s.exec(type.type);
  if (array !== null && Array.isArray(value)) {
    return value.map((item) => comparable({ ...type, type: array[1] ?? '' }, item, ours));
  }
  if ('components' in type && typeof value === 'object' && value !== null) {
    const isArray = Array.isArray(value);
    const entries = type.components.map((component, index) => {
      const key = isArray ? String(index) : (component.name ?? '');
      return [key, comparable(component, Reflect.get(value, key), ours)];
    });
    return { isArray, fields: Object.fromEntries(entries) };
  }
  if (type.type === 'address' && typeof value === 'string') return ours ? value : value.toLowerCase();
  if (type.type === 'string' && typeof value === 'string' && ours)
    return new TextDecoder().decode(encodeExact(value));
  return value;
}
