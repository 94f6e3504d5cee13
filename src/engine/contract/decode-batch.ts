/** From raw logs and kept reads to events; and, for ingest, what a raw log asks for or announces. */
import { requestKey, type RequestKey } from '../rpc/request-key.ts';
import type { BlockReference, RawLog, ReadRequest, ReadResult } from '../rpc/types.ts';
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
 * A run of consecutive blocks with their logs and reads: what is projected. Backfill, head, replay and audit all project this one
 * value; only where it comes from and how long it is differ.
 */
export interface BlockBatch {
  readonly chainId: number;
  /** The first and last block covered. */
  readonly from: number;
  readonly to: BlockReference;
  /** Ascending; blocks without logs and observations may be left out. */
  readonly blocks: readonly BatchBlock[];
  /** By block hash, then by `requestKey`. */
  readonly reads: ReadonlyMap<Hash, ReadonlyMap<RequestKey, ReadResult>>;
}

export interface BatchBlock extends Block {
  /** All of the block's, in log order. */
  readonly logs: readonly RawLog[];
  /** What contracts were seen to say without an event, after the logs. */
  readonly observations?: readonly ObservedState[];
}

/**
 * Decodes every log of an indexed contract, in order, and drives the events' read plans with what was kept. Throws an
 * InvariantError where a plan wants a read that wasn't kept.
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
    const kept = batch.reads.get(hash);
    const transactions = new Map<Hash, TransactionEvents>();
    for (const log of logs) {
      const decoded = decodeLog(log, block, contracts);
      if (decoded?.status === 'undecoded') undecoded.push(decoded.undecoded);
      else if (decoded?.status === 'unknown') unknown.push(decoded.unknown);
      else if (decoded?.status === 'event') {
        const transaction = transactions.get(log.transactionHash) ?? new TransactionEvents();
        transactions.set(log.transactionHash, transaction);
        const event = complete(decoded.event, transaction, answerOf(decoded.event, kept));
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

/** The read plan of a log's event; null where it has none, doesn't decode or isn't indexed. Most logs are told from their topic. */
export function readPlanOf(log: RawLog, block: Block, contracts: ContractSet): ReadPlan<unknown> | null {
  const event = eventWith('plans', log, block, contracts);
  return event === null ? null : planOf(event);
}

/** The child that a factory's log announces, counting from the log's block on; null for every other log. */
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
    // What the factory's own entry names goes for children of which the event says nothing.
    registry: child.registry ?? registry,
  };
}

/** The first topics of all events of some kinds: what to ask a node for where the contracts are too many to name. */
export function topicsOf(wanted: readonly ContractKind[]): Hash[] {
  return [...new Set([...new Set(wanted)].flatMap((kind) => [...compiledKind(kind).names.keys()]))].sort();
}

/** A log's event where its kind has something of the sort for it: whether it does, the topic tells without decoding. */
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

/** Written out, for this is done for every log and spreading costs as much as decoding. */
function complete(event: LoggedEvent, transaction: TransactionEvents, answer: unknown): ChainEvent {
  const { kind, name, args, log, block, contract } = event;
  return { kind, name, args, log, block, contract, transaction, answer };
}

function planOf(event: LoggedEvent): ReadPlan<unknown> | null {
  return compiledKind(event.kind).plans.get(event.name)?.(event) ?? null;
}

function answerOf(event: LoggedEvent, kept: ReadonlyMap<RequestKey, ReadResult> | undefined): unknown {
  const plan = planOf(event);
  if (plan === null) return undefined;
  return drivePlan(plan, (request) => {
    const result = kept?.get(requestKey(request));
    if (result === undefined) throw missingRead(event, request);
    return result;
  });
}

function missingRead({ name, log, block }: LoggedEvent, request: ReadRequest): InvariantError {
  const asked =
    request.kind === 'call'
      ? `call of ${request.target} with ${request.calldata.slice(0, 74)}`
      : 'transaction';
  return new InvariantError(`the ledger doesn't hold the ${asked} that ${name} needs`, {
    fix: 'Make the reads of these blocks again: replay with --refetch.',
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
