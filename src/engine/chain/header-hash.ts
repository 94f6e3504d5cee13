/**
 * A header's hash, recomputed: keccak-256 of the RLP list of its fields (Yellow Paper, 4.3; each fork appends some). Only then do the
 * roots and the bloom that a node tells belong to the hash that the next header names.
 */
import { keccak256, toRlp } from 'viem';
import { type Hash, type Hex, toHash } from '../../primitives/hex.ts';
import { parseBigQuantity, parseData, parseObject } from '../rpc/parse.ts';

type FieldType = 'data' | 'quantity';

/** In their order, by the names that JSON-RPC has for them. */
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

/** How many a header has had from the beginning; later ones are there or not, none after one that isn't. */
const oldestFields = 15;

/** What answers have beside the header. */
const besideHeader: ReadonlySet<string> = new Set([
  'hash',
  'size',
  'totalDifficulty',
  'transactions',
  'uncles',
  'withdrawals',
]);

export interface ComputedHeaderHash {
  /** Null where a field of the header is missing. */
  readonly hash: Hash | null;
  /** Members of the answer that may be fields of a header of a newer or another kind of chain. */
  readonly unknownFields: readonly string[];
}

/** The hash of the header that `eth_getBlockBy…` answered, whatever the answer says of it. Throws where a field isn't of its form. */
export function computeHeaderHash(answer: unknown): ComputedHeaderHash {
  const block = parseObject(answer, 'block');
  const known = new Set(fields.map(([name]) => name));
  const unknownFields = Object.keys(block).filter((name) => !known.has(name) && !besideHeader.has(name));
  const present = fields.filter(([name]) => block[name] !== undefined && block[name] !== null);
  const isComplete = fields.slice(0, oldestFields).every(([name], index) => present[index]?.[0] === name);
  if (!isComplete) return { hash: null, unknownFields };
  const encoded = present.map(([name, type]): Hex => fieldBytes(block[name], type, `block.${name}`));
  return { hash: toHash(keccak256(toRlp(encoded))), unknownFields };
}

/** A quantity without its leading zeros, so zero is nothing at all. */
function fieldBytes(value: unknown, type: FieldType, name: string): Hex {
  if (type === 'data') return parseData(value, name);
  const number = parseBigQuantity(value, name);
  if (number === 0n) return '0x';
  const digits = number.toString(16);
  return `0x${digits.length % 2 === 0 ? '' : '0'}${digits}`;
}
