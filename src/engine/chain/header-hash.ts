/**
 * Recomputes a header's hash: keccak-256 of the RLP list of its fields (Yellow Paper, 4.3; forks append fields). Only a matching hash
 * proves that the roots and the bloom in a node's response belong to the block that the next header names.
 */
import { keccak256, toRlp } from 'viem';
import { type Hash, type Hex, toHash } from '../../primitives/hex.ts';
import { parseBigQuantity, parseData, parseObject } from '../rpc/parse.ts';

type FieldType = 'data' | 'quantity';

/** The fields in encoding order, by their JSON-RPC names. */
const fields: readonly (readonly [name: string, type: FieldType])[] = [
  ['parentHash', 'data'],
  ['sha3Uncles', 'data'],
  ['miner', 'data'],
  ['stateRoot', 'data'],
  ['transactionsRoot', 'data'],
  ['receiptsRoot', 'data'],
  ['logsBloom', 'data'],
  ['difficulty', 'quantity'],
  ['number', 'quantity'],
  ['gasLimit', 'quantity'],
  ['gasUsed', 'quantity'],
  ['timestamp', 'quantity'],
  ['extraData', 'data'],
  ['mixHash', 'data'],
  ['nonce', 'data'],
  // London, EIP-1559
  ['baseFeePerGas', 'quantity'],
  // Shanghai, EIP-4895
  ['withdrawalsRoot', 'data'],
  // Cancun, EIP-4844 and EIP-4788
  ['blobGasUsed', 'quantity'],
  ['excessBlobGas', 'quantity'],
  ['parentBeaconBlockRoot', 'data'],
  // Prague, EIP-7685
  ['requestsHash', 'data'],
];

/** The number of fields since the first block. Later fields are optional, but a field is present only if all fields before it are. */
const mandatoryFields = 15;

/** Members of the response that are not part of the header. */
const nonHeaderMembers: ReadonlySet<string> = new Set([
  'hash',
  'size',
  'totalDifficulty',
  'transactions',
  'uncles',
  'withdrawals',
]);

export interface ComputedHeaderHash {
  /** Null if a mandatory field of the header is missing. */
  readonly hash: Hash | null;
  /** Members of the response that may be header fields of a newer fork or another kind of chain. */
  readonly unknownFields: readonly string[];
}

/**
 * Computes the hash from the fields of an `eth_getBlockBy…` response and ignores the response's own `hash`. Throws a MalformedAnswerError
 * if a field is malformed.
 */
export function computeHeaderHash(answer: unknown): ComputedHeaderHash {
  const block = parseObject(answer, 'block');
  const known = new Set(fields.map(([name]) => name));
  const unknownFields = Object.keys(block).filter((name) => !known.has(name) && !nonHeaderMembers.has(name));
  const present = fields.filter(([name]) => block[name] !== undefined && block[name] !== null);
  const isComplete = fields.slice(0, mandatoryFields).every(([name], index) => present[index]?.[0] === name);
  if (!isComplete) return { hash: null, unknownFields };
  const encoded = present.map(([name, type]): Hex => fieldBytes(block[name], type, `block.${name}`));
  return { hash: toHash(keccak256(toRlp(encoded))), unknownFields };
}

/** RLP encodes quantities without leading zeros, so zero becomes the empty string. */
function fieldBytes(value: unknown, type: FieldType, name: string): Hex {
  if (type === 'data') return parseData(value, name);
  const number = parseBigQuantity(value, name);
  if (number === 0n) return '0x';
  const digits = number.toString(16);
  return `0x${digits.length % 2 === 0 ? '' : '0'}${digits}`;
}
