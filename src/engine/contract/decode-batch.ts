/**
 * Decodes raw logs and recorded reads to events. For ingest, it also finds the reads that a raw log requires and the contracts that it
 * announces.
 */
import {
  requestKey,
  type RequestKey,
  type BlockReference,
  type RawLog,
  type ReadRequest,
  type ReadResult,
} from '../rpc/types.ts';
import { InvariantError } from '../../primitives/errors.ts';
import type { Hash } from '../../primitives/hex.ts';
import type { ContractSet } from './contract-set.ts';
import { compiledKind, decodeLog, type LoggedEvent } from './decode-log.ts';
import {
  TransactionEvents,
  type ChainEvent,
  type DecodedBatch,
  type UndecodedLog,
  type UnknownLog,
} from './events.ts';
import type { ContractKind, EventBlock, IndexedContract } from './kind.ts';
import { observationEvent, type ObservedState } from './observed.ts';
import { drivePlan, type ReadPlan } from './read-plan.ts';

type Block = Pick<EventBlock, 'number' | 'hash' | 'timestamp'>;

/**
 * Consecutive blocks with their logs and recorded reads: the input of the projection. Backfill, head, replay and audit all project this
 * type; they differ only in its source and length.
 */
export interface BlockBatch {
  readonly chainId: number;
  /** The first and last block covered. */
  readonly from: number;
  readonly to: BlockReference;
  /** In ascending order. Blocks without logs and observations may be omitted. */
  readonly blocks: readonly BatchBlock[];
  /** By block hash, then by `requestKey`. */
  readonly reads: ReadonlyMap<Hash, ReadonlyMap<RequestKey, ReadResult>>;
}

export interface BatchBlock extends Block {
  /** All logs of the block, in log order. */
  readonly logs: readonly RawLog[];
  /** Contract state observed without an event. It comes after the logs. */
  readonly observations?: readonly ObservedState[];
}

/**
 * Decodes every log of an indexed contract in order, and runs the events' read plans with the recorded reads. Throws an InvariantError if a
 * plan requests a read that was not recorded.
 */
export function decodeBatch(
  batch: Pick<BlockBatch, 'chainId' | 'blocks' | 'reads'>,
  contracts: ContractSet,
): DecodedBatch {
  const events: ChainEvent[] = [];
  const undecoded: UndecodedLog[] = [];
  const unknown: UnknownLog[] = [];
  for (const { number, hash, timestamp, logs, observations = [] } of batch.blocks) {
    const block = { chainId: batch.chainId, number, hash, timestamp };
    const recorded = batch.reads.get(hash);
    const transactions = new Map<Hash, TransactionEvents>();
    for (const log of logs) {
      const decoded = decodeLog(log, block, contracts);
      if (decoded?.status === 'undecoded') undecoded.push(decoded.undecoded);
      else if (decoded?.status === 'unknown') unknown.push(decoded.unknown);
      else if (decoded?.status === 'event') {
        const transaction = transactions.get(log.transactionHash) ?? new TransactionEvents();
        transactions.set(log.transactionHash, transaction);
        const event = complete(decoded.event, transaction, answerOf(decoded.event, recorded));
        transaction.events.push(event);
        events.push(event);
      }
    }
    for (const [position, observation] of observations.entries()) {
      const contract = contracts.at(observation.address, number);
      if (contract !== undefined) events.push(observationEvent(observation, position, block, contract));
    }
  }
  return { chainId: batch.chainId, events, undecoded, unknown };
}

/**
 * The read plan of a log's event. Null if the event has no plan, if the log does not decode, or if its contract is not indexed. For most
 * logs the topic alone decides.
 */
export function readPlanOf(log: RawLog, block: Block, contracts: ContractSet): ReadPlan<unknown> | null {
  const event = eventWith('plans', log, block, contracts);
  return event === null ? null : planOf(event);
}

/** The child contract that a factory's log announces, indexed from the log's block on. Null for all other logs. */
export function announcedChild(log: RawLog, contracts: ContractSet): IndexedContract | null {
  const block = { number: log.blockNumber, hash: log.blockHash, timestamp: 0n };
  const event = eventWith('children', log, block, contracts);
  const child = event === null ? undefined : compiledKind(event.kind).children.get(event.name)?.(event.args);
  if (event === null || child === undefined) return null;
  const { chainId, address, registry } = event.contract;
  return {
    chainId,
    address: child.address,
    kind: child.kind,
    startBlock: log.blockNumber,
    factory: address,
    // The factory's own configuration applies to children whose event names no registry.
    registry: child.registry ?? registry,
  };
}

/** The first topics of all events of some contract kinds. The log filter uses them if the contracts are too many to list. */
export function topicsOf(kinds: readonly ContractKind[]): Hash[] {
  return [...new Set([...new Set(kinds)].flatMap((kind) => [...compiledKind(kind).names.keys()]))].sort();
}

/** The decoded event of a log if its kind defines a plan or child for it. The topic decides without decoding. */
function eventWith(
  property: 'plans' | 'children',
  log: RawLog,
  block: Block,
  contracts: ContractSet,
): LoggedEvent | null {
  const contract = contracts.at(log.address, block.number);
  const [topic] = log.topics;
  if (contract === undefined || topic === undefined) return null;
  const kind = compiledKind(contract.kind);
  const name = kind.names.get(topic);
  if (name === undefined || !kind[property].has(name)) return null;
  const { number, hash, timestamp } = block;
  const decoded = decodeLog(log, { chainId: contract.chainId, number, hash, timestamp }, contracts);
  return decoded?.status === 'event' ? decoded.event : null;
}

/** Explicit members instead of a spread: this runs for every log, and a spread costs as much as decoding. */
function complete(event: LoggedEvent, transaction: TransactionEvents, answer: unknown): ChainEvent {
  const { kind, name, args, log, block, contract } = event;
  return { kind, name, args, log, block, contract, transaction, answer };
}

function planOf(event: LoggedEvent): ReadPlan<unknown> | null {
  return compiledKind(event.kind).plans.get(event.name)?.(event) ?? null;
}

function answerOf(event: LoggedEvent, recorded: ReadonlyMap<RequestKey, ReadResult> | undefined): unknown {
  const plan = planOf(event);
  if (plan === null) return undefined;
  return drivePlan(plan, (request) => {
    const result = recorded?.get(requestKey(request));
    if (result === undefined) throw missingRead(event, request);
    return result;
  });
}

function missingRead({ name, log, block }: LoggedEvent, request: ReadRequest): InvariantError {
  const description =
    request.kind === 'call'
      ? `call of ${request.target} with ${request.calldata.slice(0, 74)}`
      : 'transaction';
  return new InvariantError(`the ledger does not have the ${description} that ${name} needs`, {
    fix: 'Read these blocks from the node again: replay with --refetch.',
    place: {
      chainId: block.chainId,
      blockNumber: block.number,
      blockHash: block.hash,
      transactionHash: log.transactionHash,
      logIndex: log.logIndex,
      address: log.address,
    },
  });
}
