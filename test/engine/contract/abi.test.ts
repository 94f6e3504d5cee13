import * as fc from 'fast-check';
import {
  decodeEventLog,
  decodeFunctionData,
  decodeFunctionResult,
  encodeFunctionData,
  parseAbi,
  toEventSelector,
  type Abi,
  type AbiParameter,
} from 'viem';
import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../../src/engine/contract/abi/decode-error.ts';
import { compileEventDecoder } from '../../../src/engine/contract/abi/event.ts';
import {
  compileCallDecoder,
  compileCallEncoder,
  compileFunctionDecoder,
} from '../../../src/engine/contract/abi/function.ts';
import { bytesToHex, toHash, type Hash, type Hex } from '../../../src/primitives/hex.ts';
import { encodeExact } from '../../../src/primitives/text.ts';
import { comparable, encodedParameters, spoil, spoilings } from './abi-arbitraries.ts';

const runs = 500;

/** The decoder's result, or the fact that it refused the data. */
function outcome(decode: () => unknown): unknown {
  try {
    return { value: decode() };
  } catch (error) {
    if (!(error instanceof Error) || error instanceof TypeError) throw error;
    return 'refused';
  }
}

function functionAbi(types: readonly AbiParameter[]): Abi {
  return [{ type: 'function', name: 'read', stateMutability: 'view', inputs: types, outputs: types }];
}

/** A single output is returned directly, several in an array. */
function comparableResult(types: readonly AbiParameter[], result: unknown, ours: boolean): unknown {
  const values = types.length === 1 ? [result] : (result as unknown[]);
  return types.map((type, index) => comparable(type, values[index], ours));
}

function resultsOf(types: readonly AbiParameter[], data: Hex): { ours: unknown; viems: unknown } {
  const abi = functionAbi(types);
  const decode = compileFunctionDecoder(abi, 'read');
  const ours = outcome(() => comparableResult(types, decode(data), true));
  const viems = outcome(() =>
    comparableResult(types, decodeFunctionResult({ abi, functionName: 'read', data }), false),
  );
  return { ours, viems };
}

describe('return data', () => {
  it('return data of every type decodes to viem’s value', () => {
    fc.assert(
      fc.property(encodedParameters, ({ types, data }) => {
        const { ours, viems } = resultsOf(types, data);
        expect(ours).toEqual(viems);
      }),
      { numRuns: runs },
    );
  });

  it('corrupted return data is decoded or refused as by viem', () => {
    fc.assert(
      fc.property(encodedParameters, spoilings, ({ types, data }, changes) => {
        const { ours, viems } = resultsOf(types, spoil(data, changes));
        expect(ours).toEqual(viems);
      }),
      { numRuns: runs * 3 },
    );
  });

  it('strings keep their ill-formed bytes', () => {
    const abi = parseAbi(['function name() view returns (bytes)']);
    const asText = parseAbi(['function name() view returns (string)']);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const hex = bytesToHex(bytes);
        const data = compileCallEncoder(parseAbi(['function f(bytes)']), 'f')([hex]);
        const returned: Hex = `0x${data.slice(10)}`;
        expect(bytesToHex(encodeExact(compileFunctionDecoder(asText, 'name')(returned)))).toBe(hex);
        expect(compileFunctionDecoder(abi, 'name')(returned)).toBe(hex);
        const text = compileFunctionDecoder(asText, 'name')(returned);
        expect(compileCallEncoder(parseAbi(['function f(string)']), 'f')([text]).slice(10)).toBe(
          data.slice(10),
        );
      }),
    );
  });
});

describe('calldata', () => {
  it('calldata decodes to viem’s value and encodes back to the same calldata', () => {
    fc.assert(
      fc.property(encodedParameters, ({ types, values, data }) => {
        const abi = functionAbi(types);
        const input = encodeFunctionData({ abi, functionName: 'read', args: values });
        expect(input.slice(10)).toBe(data.slice(2));
        const compare = (args: readonly unknown[] = [], ours = false) =>
          types.map((type, index) => comparable(type, args[index], ours));
        const viems = outcome(() => compare(decodeFunctionData({ abi, data: input }).args));
        expect(outcome(() => compare(compileCallDecoder(abi)(input)?.args, true))).toEqual(viems);
        // Values of size zero at the end of the data have an empty encoding, which no decoder accepts.
        if (viems === 'refused') return;
        expect(compileCallEncoder(abi, 'read')(compileCallDecoder(abi)(input)?.args ?? [])).toBe(input);
      }),
      { numRuns: runs },
    );
  });

  it('calldata with an unknown selector or of less than four bytes decodes to null', () => {
    const decode = compileCallDecoder(parseAbi(['function known(uint256)']));
    expect(decode('0xdeadbeef')).toBeNull();
    expect(decode('0x')).toBeNull();
    expect(decode('0xdead')).toBeNull();
  });
});

describe('logs', () => {
  const isDynamic = (type: string) => ['string', 'bytes', 'tuple'].includes(type) || type.endsWith(']');
  /** Up to three parameters of a log are indexed: as the value's word for value types, otherwise as a hash. */
  const logs = fc.record({
    encoded: encodedParameters,
    indexed: fc.array(
      fc.record({
        type: fc.constantFrom(
          'address',
          'uint256',
          'bool',
          'string',
          'uint8',
          'int40',
          'bytes4',
          'uint256[]',
        ),
      }),
      {
        maxLength: 3,
      },
    ),
    topicWords: fc.array(
      fc.oneof(
        fc.constantFrom(`0x${'0'.repeat(64)}`, `0x${'0'.repeat(63)}1`),
        fc.uint8Array({ minLength: 32, maxLength: 32 }).map(bytesToHex),
      ),
      { maxLength: 4 },
    ),
    spoiled: spoilings,
    isSpoilt: fc.boolean(),
  });

  it('logs decode to viem’s value', () => {
    fc.assert(
      fc.property(logs, ({ encoded, indexed, topicWords, spoiled, isSpoilt }) => {
        const named = encoded.types[0]?.name !== '';
        const inputs = [
          ...encoded.types.map((type) => ({ ...type, indexed: false })),
          ...indexed.map(({ type }, index) => ({ type, name: named ? `topic${index}` : '', indexed: true })),
        ];
        const abi: Abi = [{ type: 'event', name: 'Happened', inputs }];
        const topics = [toHash(toEventSelector(`Happened(${signature(inputs)})`)), ...topicWords.map(toHash)];
        const data = isSpoilt ? spoil(encoded.data, spoiled) : encoded.data;
        const compare = (args: unknown, ours: boolean) =>
          inputs.map((input, index) => {
            const value = Reflect.get(Object(args), named ? (input.name ?? '') : String(index));
            return input.indexed && isDynamic(input.type) ? value : comparable(input, value, ours);
          });
        const ours = outcome(() => compare(compileEventDecoder(abi)(topics, data)?.args, true));
        const viems = outcome(() =>
          compare(decodeEventLog({ abi, topics: topics as [Hash, ...Hash[]], data }).args, false),
        );
        expect(ours).toEqual(viems);
      }),
      { numRuns: runs * 2 },
    );
  });

  it('the fast path for static data yields the same values as the general decoder', () => {
    const types = ['address', 'uint256', 'int256', 'uint8', 'int24', 'bool', 'bytes4', 'bytes32'];
    const staticLogs = fc.record({
      inputs: fc.array(fc.constantFrom(...types), { minLength: 1, maxLength: 4 }),
      bytes: fc.uint8Array({ maxLength: 140 }),
      small: fc.boolean(),
    });
    fc.assert(
      fc.property(staticLogs, ({ inputs, bytes, small }) => {
        const parameters = inputs.map((type, index) => ({ type, name: `value${index}` }));
        const data = bytesToHex(
          small ? bytes.map((byte, index) => (index % 32 === 31 ? byte % 2 : 0)) : bytes,
        );
        const abi: Abi = [
          {
            type: 'event',
            name: 'Happened',
            inputs: parameters.map((input) => ({ ...input, indexed: false })),
          },
        ];
        const topics: [Hash] = [toHash(toEventSelector(`Happened(${inputs.join(',')})`))];
        const compare = (args: unknown, ours: boolean) =>
          parameters.map((input) => comparable(input, Reflect.get(Object(args), input.name), ours));
        expect(outcome(() => compare(compileEventDecoder(abi)(topics, data)?.args, true))).toEqual(
          outcome(() => compare(decodeEventLog({ abi, topics, data }).args, false)),
        );
      }),
      { numRuns: runs },
    );
  });

  it('logs without a known topic are unknown, and logs with too few topics are refused', () => {
    const abi = parseAbi(['event Transfer(address indexed from, address indexed to, uint256 value)']);
    const decode = compileEventDecoder(abi);
    const topic = toHash(toEventSelector(abi[0]));
    expect(decode([], '0x')).toBeNull();
    expect(decode([toHash(`0x${'1'.repeat(64)}`)], '0x')).toBeNull();
    expect(() => decode([topic, topic], `0x${'0'.repeat(64)}`)).toThrow(DecodeError);
  });
});

describe('hostile lengths', () => {
  const word = (value: bigint | number) => BigInt(value).toString(16).padStart(64, '0');

  it('an array longer than its data is refused before any allocation', () => {
    const decode = compileFunctionDecoder(parseAbi(['function f() view returns (uint256[])']), 'f');
    expect(() => decode(`0x${word(32)}${word(2n ** 40n)}`)).toThrow(DecodeError);
  });

  it('nested arrays that share their data are refused', () => {
    const decode = compileFunctionDecoder(parseAbi(['function f() view returns (uint256[][][])']), 'f');
    const count = 300;
    const level = (last: boolean) => word(count) + (last ? word(1) : word(count * 32)).repeat(count);
    const data: Hex = `0x${word(32)}${level(false)}${level(false)}${level(true)}`;
    const start = performance.now();
    expect(() => decode(data)).toThrow(DecodeError);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('a billion elements of size zero are refused', () => {
    const decode = compileFunctionDecoder(
      [
        {
          type: 'function',
          name: 'f',
          stateMutability: 'view',
          inputs: [],
          outputs: [{ type: 'uint256[0][]' }],
        },
      ],
      'f',
    );
    expect(() => decode(`0x${word(32)}${word(1_000_000_000)}${word(0)}`)).toThrow(DecodeError);
  });

  it('offsets to the same string are refused if the result would outgrow the data', () => {
    const decode = compileFunctionDecoder(parseAbi(['function f() view returns (string[])']), 'f');
    const count = 200;
    const text = '61'.repeat(32 * 400);
    const data: Hex = `0x${word(32)}${word(count)}${word(count * 32).repeat(count)}${word(32 * 400)}${text}`;
    expect(() => decode(data)).toThrow(DecodeError);
  });

  it('a valid array of many thousand elements decodes', () => {
    const decode = compileFunctionDecoder(parseAbi(['function f() view returns (uint256[])']), 'f');
    const count = 20_000;
    const words = Array.from({ length: count }, (_, index) => word(index)).join('');
    expect(decode(`0x${word(32)}${word(count)}${words}`)).toHaveLength(count);
  });

  it('the limit of repeated reads is the same as in viem', () => {
    const types: AbiParameter[] = [
      { type: 'uint256[]', name: 'left' },
      { type: 'uint256[]', name: 'right' },
    ];
    for (const count of [4000, 8189, 8190, 8191, 8192, 8193, 9000]) {
      const data: Hex = `0x${word(64)}${word(64)}${word(count)}${word(7).repeat(count)}`;
      const { ours, viems } = resultsOf(types, data);
      expect(ours).toEqual(viems);
    }
  });
});

function signature(inputs: readonly AbiParameter[]): string {
  return inputs
    .map((input) =>
      'components' in input
        ? `(${signature(input.components)})${input.type.slice('tuple'.length)}`
        : input.type,
    )
    .join(',');
}
