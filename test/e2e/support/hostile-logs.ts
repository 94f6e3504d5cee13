/** Logs that a contract of ours would never emit, for every event of an ABI, and answers that it would never give. */
import {
  concat,
  encodeAbiParameters,
  keccak256,
  numberToHex,
  pad,
  size,
  slice,
  stringToHex,
  toEventSelector,
  toFunctionSelector,
} from 'viem';
import type { Abi, AbiEvent, AbiFunction, AbiParameter, Hex } from 'viem';

export interface RawLog {
  readonly topics: readonly Hex[];
  readonly data: Hex;
}

export interface HostileLog extends RawLog {
  /** What it is, for whoever reads a failure. */
  readonly name: string;
}

/** How each type's value is made; a string is bytes, so that it can be any. */
interface Values {
  readonly uint: bigint;
  readonly address: Hex;
  readonly text: Hex;
  readonly bool: boolean;
  readonly word: Hex;
  readonly items: number;
}

const someone: Hex = `0x${'5a'.repeat(20)}`;
const zeroAddress: Hex = `0x${'00'.repeat(20)}`;
const lastAddress: Hex = `0x${'ff'.repeat(20)}`;

const variants = {
  empty: { uint: 0n, address: zeroAddress, text: '0x', bool: false, word: pad('0x'), items: 0 },
  extreme: {
    uint: 2n ** 256n - 1n,
    address: lastAddress,
    text: concat([
      '0x00',
      stringToHex('\u202e<script>alert(1)</script>\u001b[2J'),
      '0xfffec080eda080',
      '0x00',
    ]),
    bool: true,
    word: `0x${'ff'.repeat(32)}`,
    items: 3,
  },
  odd: {
    uint: 2n ** 255n,
    address: someone,
    text: stringToHex(`no such status ${'\u{1f984}'.repeat(40)}`),
    bool: true,
    word: keccak256('0x01'),
    items: 1,
  },
  long: {
    uint: 7n,
    address: someone,
    text: stringToHex('x'.repeat(5_000)),
    bool: true,
    word: pad('0x07'),
    items: 50,
  },
  plain: { uint: 1n, address: someone, text: stringToHex('plain'), bool: true, word: pad('0x01'), items: 1 },
} satisfies Readonly<Record<string, Values>>;

/** The raw value of one parameter; strings are given as the bytes that they are encoded as. */
function valueOf(parameter: AbiParameter, values: Values): unknown {
  const { type } = parameter;
  if (type.endsWith('[]')) {
    const item = { ...parameter, type: type.slice(0, -2) };
    return Array.from({ length: values.items }, () => valueOf(item, values));
  }
  if (type === 'tuple') return componentsOf(parameter).map((component) => valueOf(component, values));
  if (type === 'address') return values.address;
  if (type === 'bool') return values.bool;
  if (type === 'string' || type === 'bytes') return values.text;
  if (type === 'bytes32') return values.word;
  if (type === 'bytes4') return slice(values.word, 0, 4);
  if (type === 'uint8') return values.uint % 256n;
  return values.uint;
}

function componentsOf(parameter: AbiParameter): readonly AbiParameter[] {
  return 'components' in parameter ? parameter.components : [];
}

/** The same parameter with its strings as bytes and its tuple unnamed, which encodes the same. */
function asBytes(parameter: AbiParameter): AbiParameter {
  const type = parameter.type.replace(/^string/, 'bytes');
  if (!type.startsWith('tuple')) return { type };
  return { type, components: componentsOf(parameter).map(asBytes) };
}

function encode(parameters: readonly AbiParameter[], values: Values): Hex {
  return encodeAbiParameters(
    parameters.map(asBytes),
    parameters.map((parameter) => valueOf(parameter, values)),
  );
}

function topicOf(parameter: AbiParameter, values: Values): Hex {
  if (parameter.type === 'string') return keccak256(values.text);
  return encode([parameter], values);
}

/** Every event as each of the variants, and in ways that don't decode. */
export function hostileLogs(abi: Abi): HostileLog[] {
  return abi.filter((entry) => entry.type === 'event').flatMap(hostileLogsOf);
}

function hostileLogsOf(event: AbiEvent): HostileLog[] {
  const indexed = event.inputs.filter((input) => input.indexed === true);
  const others = event.inputs.filter((input) => input.indexed !== true);
  const selector = toEventSelector(event);
  const made = Object.entries(variants).map(([name, values]) => ({
    name: `${event.name}, ${name}`,
    topics: [selector, ...indexed.map((parameter) => topicOf(parameter, values))],
    data: encode(others, values),
  }));
  const [sample] = made;
  if (sample === undefined) return made;
  const { topics } = sample;
  const data = made.at(-1)?.data ?? '0x';
  const head = size(data) > 32 ? slice(data, 0, 32) : data;
  return [
    ...made,
    {
      name: `${event.name}, cut short`,
      topics,
      data: size(data) > 0 ? slice(data, 0, size(data) - 1) : '0x01',
    },
    { name: `${event.name}, without data`, topics, data: '0x' },
    ...(indexed.length === 0
      ? []
      : [{ name: `${event.name}, without its last topic`, topics: topics.slice(0, -1), data }]),
    // An offset beyond everything, and where it points a length that nobody could hold.
    { name: `${event.name}, pointing nowhere`, topics, data: concat([pad('0xffffffffffffffff'), head]) },
    {
      name: `${event.name}, of a million`,
      topics,
      data: concat([numberToHex(32, { size: 32 }), numberToHex(1_000_000, { size: 32 })]),
    },
  ];
}

/** Logs that no ABI knows, one of them without any topic at all. */
export const unknownLogs: readonly HostileLog[] = [
  { name: 'no topic', topics: [], data: '0xdead' },
  { name: 'unknown topic', topics: [keccak256(stringToHex('Unheard(of)'))], data: `0x${'00'.repeat(64)}` },
  { name: 'four topics', topics: Array.from({ length: 4 }, () => pad('0x01')), data: '0x' },
];

export interface HostileAnswer {
  readonly call: Hex;
  readonly returnData: Hex;
}

export const answerKinds = ['garbage', 'oversized', 'odd', 'extreme'] as const;
export type AnswerKind = (typeof answerKinds)[number];

/** What every view of a contract answers. */
export function hostileAnswers(abi: Abi, kind: AnswerKind, oversizedBytes: number): HostileAnswer[] {
  return abi
    .filter((entry) => entry.type === 'function')
    .filter(({ stateMutability }) => stateMutability === 'view')
    .map((view) => ({ call: toFunctionSelector(view), returnData: answerOf(view, kind, oversizedBytes) }));
}

function answerOf(view: AbiFunction, kind: AnswerKind, oversizedBytes: number): Hex {
  if (kind === 'garbage') return '0xdeadbeef';
  if (kind === 'oversized') return isRead(view) ? `0x${'ab'.repeat(oversizedBytes)}` : '0x';
  return encode(view.outputs, variants[kind]);
}

/** The views that an event makes the indexer ask; the rest needn't cost the gas of a long answer. */
function isRead({ name }: AbiFunction): boolean {
  return [
    'getProduct',
    'productCheckpoints',
    'getCertificate',
    'getPayment',
    'getDispute',
    'complianceRules',
    'getProductCompliance',
  ].includes(name);
}
