/**
 * Strict and fast parsing of node responses.
 *
 * A value of the wrong form is refused with its field's name: a wrong type that passes would become a wrong row. Responses can have 100,000
 * logs, so this module uses plain checks instead of a schema library.
 */
import { InconsistentAnswerError, MalformedAnswerError } from './errors.ts';
import type { Address, Hash, Hex } from '../../primitives/hex.ts';
import { RecentValues } from '../../primitives/recent-values.ts';
import type { BlockHeader, ChainTransaction, RawLog, TransactionReceipt } from './types.ts';

/** A JSON object whose members are not yet validated. */
export type JsonObject = Readonly<Record<string, unknown>>;

// A loop over one character class needs no backtracking stack, so megabytes of hex match. `(?:[0-9a-f]{2})*` does not guarantee that.
const lowerCaseHex = /^0x[0-9a-f]*$/;
const addressLength = 2 + 2 * 20;
const hashLength = 2 + 2 * 32;
const bloomLength = 2 + 2 * 256;
const longestSafeQuantity = 2 + 14;
const maximumTopics = 4;

/** Whether the text is a whole number of bytes in lower-case hex. */
export function isHexData(text: string): text is Hex {
  return text.length % 2 === 0 && lowerCaseHex.test(text);
}

/** Whether the value is a JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns the value if it is a JSON object. Throws a MalformedAnswerError that names the field otherwise, as do all functions below. */
export function parseObject(value: unknown, field: string): JsonObject {
  if (!isObject(value)) throw new MalformedAnswerError(field, 'an object');
  return value;
}

/** Returns the value if it is a JSON array. */
export function parseArray(value: unknown, field: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new MalformedAnswerError(field, 'an array');
  return value;
}

/** Parses a quantity that fits a safe integer, such as a block number or an index. */
export function parseQuantity(value: unknown, field: string): number {
  if (typeof value === 'string' && value.startsWith('0x') && value.length <= longestSafeQuantity) {
    const number = Number(value);
    if (Number.isSafeInteger(number)) return number;
  }
  throw new MalformedAnswerError(field, 'a quantity within 2^53');
}

/** Parses a quantity of up to 256 bits. */
export function parseBigQuantity(value: unknown, field: string): bigint {
  if (typeof value === 'string' && value.length > 2 && value.length <= 66 && /^0x[0-9a-fA-F]+$/.test(value)) {
    return BigInt(value);
  }
  throw new MalformedAnswerError(field, 'a quantity of at most 256 bits');
}

/** Parses hex data of any length, in either case. */
export function parseData(value: unknown, field: string): Hex {
  if (typeof value === 'string') {
    if (isHexData(value)) return value;
    const lower = value.toLowerCase();
    if (isHexData(lower)) return lower;
  }
  throw new MalformedAnswerError(field, 'whole bytes of hex');
}

/** Parses 32 bytes of hex, in either case. */
export function parseHash(value: unknown, field: string): Hash {
  const hex = lowerCase(value, hashLength);
  if (isHash(hex)) return hex;
  throw new MalformedAnswerError(field, '32 bytes of hex');
}

/** Parses 20 bytes of hex, in either case. */
export function parseAddress(value: unknown, field: string): Address {
  const hex = lowerCase(value, addressLength);
  if (isAddress(hex)) return hex;
  throw new MalformedAnswerError(field, 'an address');
}

/** Parses the response of `eth_getBlockBy…` and ignores its transactions. */
export function parseHeader(value: unknown): BlockHeader {
  const block = parseObject(value, 'block');
  return {
    number: parseQuantity(block['number'], 'block.number'),
    hash: parseHash(block['hash'], 'block.hash'),
    parentHash: parseHash(block['parentHash'], 'block.parentHash'),
    timestamp: parseBigQuantity(block['timestamp'], 'block.timestamp'),
    logsBloom: parseBloom(block['logsBloom'], 'block.logsBloom'),
    receiptsRoot: parseHash(block['receiptsRoot'], 'block.receiptsRoot'),
    stateRoot: parseHash(block['stateRoot'], 'block.stateRoot'),
  };
}

/** Parses the response of `eth_getLogs`. Throws if a reorg removed one of the logs: nothing of that response may be stored. */
export function parseLogs(value: unknown, field = 'logs'): RawLog[] {
  const items = parseArray(value, field);
  const logs: RawLog[] = [];
  let previous: RawLog | undefined;
  for (const item of items) logs.push((previous = parseLog(item, previous)));
  return logs;
}

/** Parses one log. `previous` is the log before it, which usually belongs to the same block. */
export function parseLog(value: unknown, previous?: RawLog): RawLog {
  const log = parseObject(value, 'log');
  const parsed: RawLog = {
    blockNumber: parseQuantity(log['blockNumber'], 'log.blockNumber'),
    blockHash: parseBlockHash(log['blockHash'], previous),
    transactionHash: parseHash(log['transactionHash'], 'log.transactionHash'),
    transactionIndex: parseQuantity(log['transactionIndex'], 'log.transactionIndex'),
    logIndex: parseQuantity(log['logIndex'], 'log.logIndex'),
    address: parseEmitter(log['address']),
    topics: parseTopics(log['topics']),
    data: parseData(log['data'], 'log.data'),
  };
  if (log['removed'] === true) {
    const { blockNumber, blockHash, transactionHash, logIndex } = parsed;
    throw new InconsistentAnswerError('The node answered with a log that a reorg removed', {
      blockNumber,
      blockHash,
      transactionHash,
      logIndex,
    });
  }
  return parsed;
}

/** Parses one receipt with its logs. */
export function parseReceipt(value: unknown): TransactionReceipt {
  const receipt = parseObject(value, 'receipt');
  const price = receipt['effectiveGasPrice'];
  return {
    transactionHash: parseHash(receipt['transactionHash'], 'receipt.transactionHash'),
    transactionIndex: parseQuantity(receipt['transactionIndex'], 'receipt.transactionIndex'),
    gasUsed: parseBigQuantity(receipt['gasUsed'], 'receipt.gasUsed'),
    effectiveGasPrice:
      price === undefined || price === null ? null : parseBigQuantity(price, 'receipt.effectiveGasPrice'),
    status: parseStatus(receipt['status']),
    logs: parseLogs(receipt['logs'], 'receipt.logs'),
    type: receipt['type'] === undefined ? 0 : parseQuantity(receipt['type'], 'receipt.type'),
    cumulativeGasUsed: parseBigQuantity(receipt['cumulativeGasUsed'], 'receipt.cumulativeGasUsed'),
    deposit: parseDeposit(receipt),
  };
}

/** The OP stack's consensus encoding has both members or neither (Canyon). */
function parseDeposit(receipt: JsonObject): TransactionReceipt['deposit'] {
  const { depositNonce, depositReceiptVersion } = receipt;
  if (depositReceiptVersion === undefined || depositReceiptVersion === null) return null;
  return {
    nonce: parseBigQuantity(depositNonce, 'receipt.depositNonce'),
    version: parseBigQuantity(depositReceiptVersion, 'receipt.depositReceiptVersion'),
  };
}

/** Parses the response of `eth_getTransactionByHash`, with the hash of the block that contains it (null while it is pending). */
export function parseTransaction(value: unknown): ChainTransaction & { readonly blockHash: Hash | null } {
  const transaction = parseObject(value, 'transaction');
  const { to, blockHash } = transaction;
  return {
    hash: parseHash(transaction['hash'], 'transaction.hash'),
    from: parseAddress(transaction['from'], 'transaction.from'),
    to: to === undefined || to === null ? null : parseAddress(to, 'transaction.to'),
    input: parseData(transaction['input'], 'transaction.input'),
    blockHash:
      blockHash === undefined || blockHash === null ? null : parseHash(blockHash, 'transaction.blockHash'),
  };
}

function parseTopics(value: unknown): Hash[] {
  const topics = parseArray(value, 'log.topics');
  if (topics.length > maximumTopics) throw new MalformedAnswerError('log.topics', 'at most four topics');
  return topics.map(parseTopic);
}

/**
 * Addresses and topics repeat. One string object per value is stored instead of one per log; it is validated once, and the JavaScript
 * engine hashes it once for all map lookups.
 */
const recentTopics = new RecentValues<string, Hash>(20_000);
const recentEmitters = new RecentValues<string, Address>(1_000);

function parseTopic(value: unknown): Hash {
  if (typeof value !== 'string' || value.length !== hashLength) return parseHash(value, 'log.topics');
  return recentTopics.get(value, (seen) => parseHash(seen, 'log.topics'));
}

function parseBlockHash(value: unknown, previous: RawLog | undefined): Hash {
  return previous !== undefined && value === previous.blockHash
    ? previous.blockHash
    : parseHash(value, 'log.blockHash');
}

function parseEmitter(value: unknown): Address {
  if (typeof value !== 'string' || value.length !== addressLength) return parseAddress(value, 'log.address');
  return recentEmitters.get(value, (seen) => parseAddress(seen, 'log.address'));
}

function parseStatus(value: unknown): TransactionReceipt['status'] {
  if (value === undefined || value === null) return null;
  return parseQuantity(value, 'receipt.status') === 0 ? 'reverted' : 'success';
}

function parseBloom(value: unknown, field: string): Hex {
  const hex = lowerCase(value, bloomLength);
  if (hex.length === bloomLength && isHexData(hex)) return hex;
  throw new MalformedAnswerError(field, '256 bytes of hex');
}

function isHash(hex: string): hex is Hash {
  return hex.length === hashLength && isHexData(hex);
}

function isAddress(hex: string): hex is Address {
  return hex.length === addressLength && isHexData(hex);
}

/** The text in lower case if it has that length, else an empty string. Nodes that send lower case cause no copy. */
function lowerCase(value: unknown, length: number): string {
  if (typeof value !== 'string' || value.length !== length) return '';
  return isHexData(value) ? value : value.toLowerCase();
}
