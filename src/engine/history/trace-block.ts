/** Projects one block again in memory, and records which event set which column of which row, and which contract reads each event used. */
import type { ClientBase } from 'pg';
import type { ReadRequest, ReadResult } from '../rpc/types.ts';
import { compileCallDecoder, compileFunctionDecoder } from '../contract/abi/function.ts';
import { decodedOrNull } from '../contract/abi/decode-error.ts';
import type { ContractSet } from '../contract/contract-set.ts';
import { type BlockBatch, decodeBatch, readPlanOf } from '../contract/decode-batch.ts';
import type { ChainEvent, DecodedBatch } from '../contract/events.ts';
import { type EventBlock, definitionOf } from '../contract/kind.ts';
import { drivePlan } from '../contract/read-plan.ts';
import { requestKey, type RequestKey } from '../ledger/batch.ts';
import { loadBatch } from '../ledger/load-batch.ts';
import type { Address, Hex } from '../../primitives/hex.ts';
import type { ProjectionSet } from '../projection/projection-set.ts';
import { FoldTrace, type TracedEvent } from '../projection/trace.ts';
import { project } from '../projection/project.ts';
import { rowsAsOf } from '../store/as-of.ts';

export interface TraceContext {
  readonly client: ClientBase;
  readonly chainId: number;
  readonly contracts: ContractSet;
  readonly projections: ProjectionSet;
}

export interface TracedBlock {
  readonly block: EventBlock;
  readonly events: readonly TracedEvent[];
  readonly undecoded: DecodedBatch['undecoded'];
  readonly unknown: DecodedBatch['unknown'];
  readonly readsOf: (event: ChainEvent) => readonly TracedRead[];
}

/** A recorded contract read that an event used. */
export interface TracedRead {
  /** A function name such as `getProduct`; `transaction` for calldata that replaced a read; null for a call that no known ABI has. */
  readonly name: string | null;
  readonly target: Address | null;
  readonly args: readonly unknown[];
  readonly status: ReadResult['status'];
  /** Null if the read returned no value, or a value that does not decode. */
  readonly value: unknown;
  readonly request: Hex;
  readonly result: Hex | null;
}

/** Traces a block. Returns null if the ledger has no canonical block of that number, or if no indexed contract emitted a log in it. */
export async function traceBlock(context: TraceContext, blockNumber: number): Promise<TracedBlock | null> {
  const { client, chainId, contracts, projections } = context;
  const batch = await loadBatch(client, {
    chainId,
    after: blockNumber - 1,
    upTo: blockNumber,
    maximumLogs: Number.MAX_SAFE_INTEGER,
    maximumBlocks: 1,
  });
  const block = batch?.blocks.find(({ number }) => number === blockNumber);
  if (batch === null || block === undefined) return null;
  const decoded = decodeBatch(batch, contracts);
  const withoutReads = decodeBatch({ ...batch, reads: new Map([[block.hash, noReads]]) }, contracts);
  // Both are decoded from the same logs, so their events are the same.
  const trace = new FoldTrace(withoutReads.events);
  const before = rowsAsOf(client, { chainId, blockNumber: blockNumber - 1 });
  await project(decoded, before, { projections, trace });
  return {
    block: { chainId, number: block.number, hash: block.hash, timestamp: block.timestamp },
    events: trace.events,
    undecoded: decoded.undecoded,
    unknown: decoded.unknown,
    readsOf: (event) => readsOf(event, batch, contracts),
  };
}

/** Recorded reads that are all unavailable. */
class NoReads extends Map<RequestKey, ReadResult> {
  override get(): ReadResult {
    return { status: 'unavailable' };
  }
}
const noReads: ReadonlyMap<RequestKey, ReadResult> = new NoReads();

function readsOf(event: ChainEvent, batch: BlockBatch, contracts: ContractSet): TracedRead[] {
  const plan = readPlanOf(event.log, event.block, contracts);
  if (plan === null) return [];
  const recorded = batch.reads.get(event.block.hash);
  const reads: TracedRead[] = [];
  drivePlan(plan, (request) => {
    const result = recorded?.get(requestKey(request)) ?? { status: 'unavailable' as const };
    reads.push(describeRead(request, result, event, contracts));
    return result;
  });
  return reads;
}

function describeRead(
  request: ReadRequest,
  result: ReadResult,
  event: ChainEvent,
  contracts: ContractSet,
): TracedRead {
  const data = 'data' in result ? result.data : null;
  if (request.kind === 'transaction') {
    const value = data === null ? null : describeTransaction(data, event);
    return {
      name: 'transaction',
      target: null,
      args: [],
      status: result.status,
      value,
      request: request.transactionHash,
      result: data,
    };
  }
  const { abi } = definitionOf(contracts.get(request.target)?.kind ?? event.kind);
  const call = decodedOrNull(() => compileCallDecoder(abi)(request.calldata));
  const value =
    call === null || result.status !== 'ok'
      ? null
      : decodedOrNull<unknown>(() => compileFunctionDecoder(abi, call.name as never)(result.data));
  return {
    name: call?.name ?? null,
    target: request.target,
    args: call?.args ?? [],
    status: result.status,
    value,
    request: request.calldata,
    result: data,
  };
}

/** `from`, `to` and the input are concatenated (see ReadResult). */
function describeTransaction(data: Hex, { kind }: ChainEvent): unknown {
  const [from, to, input] = [data.slice(2, 42), data.slice(42, 82), data.slice(82)];
  const call = decodedOrNull(() => compileCallDecoder(definitionOf(kind).abi)(`0x${input}`));
  return {
    from: `0x${from}`,
    to: `0x${to}`,
    call: call === null ? null : { name: call.name, args: call.args },
  };
}
