/**
 * Contract reads, each at the block that it belongs to.
 *
 * Every call is executed on the state after its own block, which must be canonical. The calls of one block are combined into one Multicall3
 * call if that contract exists, and the calls of many blocks into one JSON-RPC batch. This does not change the results. A hostile contract
 * must not affect the reads of another contract, so a failed Multicall3 call is split in two, and a call that failed inside one is repeated
 * alone before its failure is accepted: the calls before it may have consumed the gas.
 */
import { required } from '../../primitives/errors.ts';
import { zeroAddress, type Address, type Hash, type Hex } from '../../primitives/hex.ts';
import { InconsistentAnswerError, MalformedAnswerError, type NodeErrorKind } from '../rpc/errors.ts';
import { decodeAggregate, encodeAggregate, type CallOutcome, type ContractCall } from './multicall.ts';
import { parseData, parseTransaction } from '../rpc/parse.ts';
import {
  type ChainNode,
  type RequestOptions,
  type RpcAnswer,
  type RpcRequest,
  resultOf,
} from '../rpc/node.ts';
import type { ReadRequest, ReadResult, ChainTransaction } from '../rpc/types.ts';

export interface BlockReads {
  readonly blockHash: Hash;
  readonly requests: readonly ReadRequest[];
}

export interface ReadOptions extends RequestOptions {
  /** A larger result is `oversized`. */
  readonly maximumBytes: number;
  /** Multicall3's address on this chain. Without it every call is sent separately. */
  readonly multicall3?: Address;
  /** Calls per Multicall3 call. */
  readonly maximumCallsPerBatch?: number;
}

const defaultCallsPerBatch = 100;

/**
 * Executes the reads and returns the results in the order of the blocks and of their requests. A refused request is a result of its own.
 * Throws only if the transport fails, if the node does not have a block or no longer considers it canonical, or if a response is malformed.
 * If the node or the transport truncated an `oversized` result, its size is the limit plus one.
 */
export async function executeReads(
  node: ChainNode,
  blocks: readonly BlockReads[],
  options: ReadOptions,
): Promise<ReadResult[][]> {
  const results = blocks.map(({ requests }) => requests.map((): ReadResult | undefined => undefined));
  const record: RecordResult = (read, result) => {
    required(results[read.block], 'the results of a block')[read.index] = capped(
      result,
      options.maximumBytes,
    );
  };
  await readTransactions(node, blocks, record, options);
  await readCalls(node, blocks, record, options);
  return results.map((list) => list.map((result) => required(result, 'the result of a read')));
}

/** The position of a read in the input. */
interface Position {
  readonly block: number;
  readonly index: number;
}

type RecordResult = (position: Position, result: ReadResult) => void;

interface PlacedCall extends Position, ContractCall {}

/** Calls that are sent in one eth_call: many through Multicall3, or one directly. */
interface CallTask {
  readonly blockHash: Hash;
  readonly calls: readonly PlacedCall[];
}

/** Without this cache, a missing Multicall3 contract would cost one round trip per batch. The entry lives as long as the node object. */
const nodesWithoutMulticall = new WeakMap<ChainNode, Address>();

async function readCalls(
  node: ChainNode,
  blocks: readonly BlockReads[],
  record: RecordResult,
  options: ReadOptions,
): Promise<void> {
  const isMissing =
    options.multicall3 !== undefined && nodesWithoutMulticall.get(node) === options.multicall3;
  const size =
    options.multicall3 === undefined || isMissing
      ? 1
      : (options.maximumCallsPerBatch ?? defaultCallsPerBatch);
  let tasks = blocks.flatMap((reads, block) => tasksOf(reads, block, size));
  let foundMissing = false;
  while (tasks.length > 0) {
    const round = tasks;
    const requests = round.map((task) => requestOf(task, options));
    const answers = await node.requestBatch(requests, options);
    tasks = round.flatMap((task, index) => {
      const answer = required(answers[index], 'the answer to a call');
      const [only] = task.calls;
      if (only !== undefined && task.calls.length === 1) {
        record(only, resultOfCall(answer, options.maximumBytes));
        return [];
      }
      if (answer.ok && answer.result === '0x') foundMissing = true;
      return recordMany(task, answer, record);
    });
  }
  if (!foundMissing || options.multicall3 === undefined) return;
  // The contract may exist now and only be younger than these blocks.
  const code = await getCode(node, options.multicall3, 'latest', options);
  if (code === '0x') nodesWithoutMulticall.set(node, options.multicall3);
}

function tasksOf({ blockHash, requests }: BlockReads, block: number, size: number): CallTask[] {
  const calls = requests.flatMap((request, index): PlacedCall[] => {
    if (request.kind !== 'call') return [];
    return [{ block, index, target: request.target, calldata: request.calldata }];
  });
  const tasks: CallTask[] = [];
  for (let start = 0; start < calls.length; start += size) {
    tasks.push({ blockHash, calls: calls.slice(start, start + size) });
  }
  return tasks;
}

function requestOf({ blockHash, calls }: CallTask, { multicall3 }: ReadOptions): RpcRequest {
  const only = required(calls[0], 'a call');
  const call =
    calls.length === 1
      ? { to: only.target, data: only.calldata }
      : { to: required(multicall3, 'Multicall3’s address'), data: encodeAggregate(calls) };
  return { method: 'eth_call', params: [call, stateAt(blockHash)] };
}

/** Errors of a Multicall3 call that a single one of its calls can cause. */
const kindsOfFailedBatch: ReadonlySet<NodeErrorKind> = new Set(['reverted', 'answer-too-big', 'too-slow']);

/** Records the final results of a Multicall3 call and returns the calls to repeat, in smaller tasks. */
function recordMany(task: CallTask, answer: RpcAnswer, record: RecordResult): CallTask[] {
  if (!answer.ok) {
    if (answer.error.kind === 'state-unavailable') {
      for (const call of task.calls) record(call, { status: 'unavailable' });
      return [];
    }
    if (!kindsOfFailedBatch.has(answer.error.kind)) throw answer.error;
    return halves(task);
  }
  const outcomes = outcomesOf(parseData(answer.result, 'call'), task.calls.length);
  if (outcomes === undefined) return task.calls.map((call) => ({ blockHash: task.blockHash, calls: [call] }));
  const again: CallTask[] = [];
  for (const [index, { success, returnData }] of outcomes.entries()) {
    const call = required(task.calls[index], 'the call of an outcome');
    if (success) record(call, { status: 'ok', data: returnData });
    else again.push({ blockHash: task.blockHash, calls: [call] });
  }
  return again;
}

/** Undefined if the contract at the address, at that block, is not Multicall3. Usually no contract exists there yet. */
function outcomesOf(data: Hex, count: number): CallOutcome[] | undefined {
  if (data === '0x') return undefined;
  try {
    return decodeAggregate(data, count);
  } catch (error) {
    if (!(error instanceof MalformedAnswerError)) throw error;
    return undefined;
  }
}

function halves({ blockHash, calls }: CallTask): CallTask[] {
  const half = Math.ceil(calls.length / 2);
  return [
    { blockHash, calls: calls.slice(0, half) },
    { blockHash, calls: calls.slice(half) },
  ];
}

function resultOfCall(answer: RpcAnswer, maximumBytes: number): ReadResult {
  if (answer.ok) return { status: 'ok', data: parseData(answer.result, 'call') };
  const { kind, revertData } = answer.error;
  if (kind === 'reverted') return { status: 'reverted', data: revertData ?? '0x' };
  if (kind === 'answer-too-big') return { status: 'oversized', bytes: maximumBytes + 1 };
  if (kind === 'state-unavailable') return { status: 'unavailable' };
  throw answer.error;
}

async function readTransactions(
  node: ChainNode,
  blocks: readonly BlockReads[],
  record: RecordResult,
  options: ReadOptions,
): Promise<void> {
  const reads = blocks.flatMap(({ blockHash, requests }, block) =>
    requests.flatMap((request, index) => {
      return request.kind === 'transaction'
        ? [{ block, index, blockHash, hash: request.transactionHash }]
        : [];
    }),
  );
  const found = await getTransactions(
    node,
    reads.map(({ hash }) => hash),
    options,
  );
  for (const [index, transaction] of found.entries()) {
    const read = required(reads[index], 'the read of a transaction');
    if (transaction === null) {
      record(read, { status: 'unavailable' });
      continue;
    }
    if (transaction.blockHash !== read.blockHash) {
      throw new InconsistentAnswerError('The node has the transaction in another block than its log', {
        blockHash: read.blockHash,
        transactionHash: read.hash,
      });
    }
    record(read, { status: 'ok', data: encodeTransaction(transaction) });
  }
}

/** from (20 bytes) ‖ to (20 bytes, the zero address for a creation) ‖ input. */
function encodeTransaction({ from, to, input }: LocatedTransaction): Hex {
  return `0x${from.slice(2)}${(to ?? zeroAddress).slice(2)}${input.slice(2)}`;
}

function capped(result: ReadResult, maximumBytes: number): ReadResult {
  if (result.status !== 'ok' && result.status !== 'reverted') return result;
  const bytes = (result.data.length - 2) / 2;
  return bytes > maximumBytes ? { status: 'oversized', bytes } : result;
}

/** The block parameter of EIP-1898 for the state after that block. The node refuses it if the block is not canonical. */
export function stateAt(blockHash: Hash): { readonly blockHash: Hash; readonly requireCanonical: true } {
  return { blockHash, requireCanonical: true };
}

/** The code at the address after that block, or `0x` if it has none. Throws `state-unavailable` if the node pruned that state. */
export async function getCode(
  node: ChainNode,
  address: Address,
  at: Hash | 'latest',
  options?: RequestOptions,
): Promise<Hex> {
  const block = at === 'latest' ? at : stateAt(at);
  return parseData(await node.request('eth_getCode', [address, block], options), 'code');
}

export interface LocatedTransaction extends ChainTransaction {
  /** The block that contains it, or null while it is pending. */
  readonly blockHash: Hash | null;
}

/** Returns the transactions in the requested order, and null for each that the node does not know. */
export async function getTransactions(
  node: ChainNode,
  hashes: readonly Hash[],
  options?: RequestOptions,
): Promise<(LocatedTransaction | null)[]> {
  const requests = hashes.map((hash) => ({ method: 'eth_getTransactionByHash', params: [hash] }));
  const answers = await node.requestBatch(requests, options);
  return answers.map((answer) => {
    const result = resultOf(answer);
    return result === null ? null : parseTransaction(result);
  });
}
