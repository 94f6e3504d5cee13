/** Runs read plans against a real chain, as ingest and the fold do together. */
import type { Log } from 'viem';
import {
  requestKey,
  type RequestKey,
  type RawLog,
  type ReadRequest,
  type ReadResult,
} from '../../../src/engine/rpc/types.ts';
import { ContractSet } from '../../../src/engine/contract/contract-set.ts';
import { decodeBatch, readPlanOf } from '../../../src/engine/contract/decode-batch.ts';
import type { ChainEvent, TypedEvent } from '../../../src/engine/contract/events.ts';
import type { ContractKind, EventName, IndexedContract } from '../../../src/engine/contract/kind.ts';
import { required } from '../../../src/primitives/errors.ts';
import {
  toAddress,
  toHash,
  toHex,
  zeroAddress,
  type Address,
  type Hash,
} from '../../../src/primitives/hex.ts';
import type { FixtureChain } from '../../contracts-fixtures/fixture-chain.ts';

/** What the node has: everything; no state of old blocks; no transactions by hash. */
export type NodeMemory = 'everything' | 'no-state' | 'no-transactions';

export const chainId = 31337;

export function indexed(address: Address, kind: ContractKind): IndexedContract {
  return { chainId, address, kind, startBlock: 0, factory: null, registry: null };
}

export function fixtureContracts({ addresses }: FixtureChain): ContractSet {
  return new ContractSet([
    indexed(addresses.productRegistry, 'ProductRegistry'),
    indexed(addresses.nftCertificate, 'NFTCertificate'),
    indexed(addresses.nftFactory, 'NFTFactory'),
    indexed(addresses.productFactory, 'ProductFactory'),
    indexed(addresses.complianceFactory, 'ComplianceFactory'),
    indexed(addresses.traceToken, 'TraceToken'),
    indexed(addresses.paymentContract, 'PaymentContract'),
    indexed(addresses.rewardsDistributor, 'RewardsDistributor'),
    indexed(addresses.complianceContract, 'ComplianceContract'),
    indexed(addresses.traceAccessControl, 'TraceAccessControl'),
  ]);
}

export interface Driven {
  readonly events: readonly ChainEvent[];
  /** The distinct reads that were executed. */
  readonly requests: readonly ReadRequest[];
}

/** The events of one transaction's logs, with the answers available from the node. */
export async function drive(chain: FixtureChain, logs: readonly Log[], memory: NodeMemory): Promise<Driven> {
  const contracts = fixtureContracts(chain);
  const rawLogs = logs.map(toRawLog);
  const { blockNumber, blockHash } = required(rawLogs[0], 'a log');
  const { timestamp } = await chain.publicClient.getBlock({ blockHash });
  const block = { number: blockNumber, hash: blockHash, timestamp };
  const kept = new Map<RequestKey, ReadResult>();
  const requests: ReadRequest[] = [];
  for (const log of rawLogs) {
    const plan = readPlanOf(log, block, contracts);
    if (plan === null) continue;
    for (let step = plan.next(); !step.done;) {
      const results: ReadResult[] = [];
      for (const request of step.value) {
        const key = requestKey(request);
        const result = kept.get(key) ?? (await answer(chain, request, blockHash, memory));
        if (!kept.has(key)) requests.push(request);
        kept.set(key, result);
        results.push(result);
      }
      step = plan.next(results);
    }
  }
  const reads = new Map<Hash, ReadonlyMap<RequestKey, ReadResult>>([[blockHash, kept]]);
  const decoded = decodeBatch({ chainId, blocks: [{ ...block, logs: rawLogs }], reads }, contracts);
  return { events: decoded.events, requests };
}

/** The only event of a kind and name among the decoded ones. */
export function theEvent<Kind extends ContractKind, Name extends EventName<Kind>>(
  { events }: Driven,
  kind: Kind,
  name: Name,
): TypedEvent<Kind, Name> {
  const [found, ...others] = required(events[0], 'an event').transaction.of(kind, name);
  if (others.length > 0) throw new Error(`more than one ${kind}.${name}`);
  return required(found, `${kind}.${name}`);
}

export function toRawLog(log: Log): RawLog {
  return {
    blockNumber: Number(required(log.blockNumber, 'blockNumber')),
    blockHash: toHash(required(log.blockHash, 'blockHash')),
    transactionHash: toHash(required(log.transactionHash, 'transactionHash')),
    transactionIndex: required(log.transactionIndex, 'transactionIndex'),
    logIndex: required(log.logIndex, 'logIndex'),
    address: toAddress(log.address),
    topics: log.topics.map(toHash),
    data: toHex(log.data),
  };
}

/** A refused call at a block whose state exists is a revert. */
async function answer(
  { publicClient }: FixtureChain,
  request: ReadRequest,
  blockHash: Hash,
  memory: NodeMemory,
): Promise<ReadResult> {
  if (request.kind === 'transaction') {
    if (memory === 'no-transactions') return { status: 'unavailable' };
    const { from, to, input } = await publicClient.getTransaction({ hash: request.transactionHash });
    return { status: 'ok', data: toHex(`${from}${(to ?? zeroAddress).slice(2)}${input.slice(2)}`) };
  }
  if (memory === 'no-state') return { status: 'unavailable' };
  const { number } = await publicClient.getBlock({ blockHash });
  try {
    const { data } = await publicClient.call({
      to: request.target,
      data: request.calldata,
      blockNumber: number,
    });
    return { status: 'ok', data: toHex(data ?? '0x') };
  } catch {
    return { status: 'reverted', data: '0x' };
  }
}
