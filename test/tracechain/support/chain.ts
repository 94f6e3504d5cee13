/**
 * A chain of decoded events for tests of projections, built by hand: blocks of transactions of events, without raw log bytes.
 *
 *     const blocks = chainOf(block(event('TraceToken', 'Transfer', { from, to, value })), block([first, second]));
 *     const folded = foldBlocks([token], blocks);
 *     folded.only('tokenBalances').balance;
 */
import { hash } from 'node:crypto';
import * as fc from 'fast-check';
import { expect } from 'vitest';
import type { RawLog } from '../../../src/engine/rpc/types.ts';
import {
  type ChainEvent,
  type DecodedBatch,
  TransactionEvents,
} from '../../../src/engine/contract/events.ts';
import type {
  ContractKind,
  EventAnswer,
  EventArguments,
  EventBlock,
  EventName,
} from '../../../src/engine/contract/kind.ts';
import type { Projection } from '../../../src/engine/projection/projection.ts';
import { prepareBatch } from '../../../src/engine/projection/fold.ts';
import { ProjectionSet } from '../../../src/engine/projection/projection-set.ts';
import { runSync } from '../../../src/primitives/steps.ts';
import { type Address, type Hash, toAddress, toHash } from '../../../src/primitives/hex.ts';
import { expectDeclared, watchTables } from '../../support/declared-tables.ts';
import { FoldedRows } from './folded-rows.ts';

export const testChainId = 31_337;
/** The timestamp of block 1. Each block is twelve seconds after the previous one by default. */
export const firstBlockTime = 1_700_000_000n;

/** An address for a test, derived from its name. */
export function addressOf(name: string): Address {
  return toAddress(`0x${hash('sha256', `address ${name}`, 'hex').slice(0, 40)}`);
}

/** A hash for a test, derived from its name. */
export function hashOf(name: string): Hash {
  return toHash(`0x${hash('sha256', `hash ${name}`, 'hex')}`);
}

/** One event, before it is part of a block. */
export interface EventDescription {
  readonly kind: ContractKind;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly answer: unknown;
  readonly address: Address;
  readonly registry: Address | null;
}

/**
 * Describes an event; kind and name determine the types of its arguments and answer. Its contract is
 * `addressOf(kind)` by default. `registry` is the product registry of the contract, by default none.
 */
export function event<Kind extends ContractKind, Name extends EventName<Kind>>(
  kind: Kind,
  name: Name,
  args: EventArguments<Kind, Name>,
  options: {
    readonly answer?: EventAnswer<Kind, Name>;
    readonly address?: Address;
    readonly registry?: Address;
  } = {},
): EventDescription {
  const { answer, address = addressOf(kind), registry = null } = options;
  return { kind, name, args, answer, address, registry };
}

/** A block's transactions, each with its events in order. */
export interface BlockDescription {
  readonly transactions: readonly (readonly EventDescription[])[];
  /** Unix seconds; by default derived from the block's number. */
  readonly timestamp?: bigint;
}

/** A block of transactions; a single event is a transaction of its own. */
export function block(
  ...transactions: readonly (EventDescription | readonly EventDescription[])[]
): BlockDescription {
  return {
    transactions: transactions.map((one) => ('kind' in one ? [one] : one)),
  };
}

/** A block's decoded events. */
export interface DecodedBlock {
  readonly block: EventBlock;
  readonly events: readonly ChainEvent[];
}

/** Numbers the blocks from 1, and the logs of each block from 0. */
export function chainOf(...descriptions: readonly BlockDescription[]): DecodedBlock[] {
  return descriptions.map((description, index) => decodedBlock(description, index + 1));
}

function decodedBlock(description: BlockDescription, number: number): DecodedBlock {
  const standing: EventBlock = {
    chainId: testChainId,
    number,
    hash: hashOf(`block ${number}`),
    timestamp: description.timestamp ?? firstBlockTime + 12n * BigInt(number - 1),
  };
  const events: ChainEvent[] = [];
  for (const [transactionIndex, transactionEvents] of description.transactions.entries()) {
    const transaction = new TransactionEvents();
    for (const one of transactionEvents) {
      const log = logOf(standing, transactionIndex, events.length, one.address);
      const { kind, name, args, answer, address, registry } = one;
      const contract = { chainId: testChainId, address, kind, startBlock: 0, factory: null, registry };
      const decoded = { kind, name, args, answer, log, block: standing, contract, transaction };
      transaction.events.push(decoded);
      events.push(decoded);
    }
  }
  return { block: standing, events };
}

function logOf(standing: EventBlock, transactionIndex: number, logIndex: number, address: Address): RawLog {
  return {
    blockNumber: standing.number,
    blockHash: standing.hash,
    transactionHash: hashOf(`transaction ${standing.number} ${transactionIndex}`),
    transactionIndex,
    logIndex,
    address,
    topics: [],
    data: '0x',
  };
}

/**
 * Folds the blocks in batches of the given sizes (1 after the last size), over rows that persist between
 * batches. Throws if PostgreSQL would refuse the rows: a duplicate key or a missing parent.
 */
export function foldBlocks(
  projections: readonly Projection[],
  blocks: readonly DecodedBlock[],
  sizes: readonly number[] = [],
  folded: FoldedRows = new FoldedRows(),
): FoldedRows {
  const set = new ProjectionSet(projections);
  for (const batch of batchesOf(blocks, sizes)) {
    const prepared = prepareBatch(batch, set);
    folded.save(runSync(prepared.fold(folded.load(prepared.wanted))));
  }
  return folded;
}

/** Divides the blocks into batches of the given sizes (1 after the last size). */
export function* batchesOf(
  blocks: readonly DecodedBlock[],
  sizes: readonly number[],
): Generator<DecodedBatch> {
  for (let start = 0, turn = 0; start < blocks.length; turn += 1) {
    const end = start + (sizes[turn] ?? 1);
    yield batchOf(blocks.slice(start, end));
    start = end;
  }
}

function batchOf(blocks: readonly DecodedBlock[]): DecodedBatch {
  return {
    chainId: testChainId,
    events: blocks.flatMap((one) => one.events),
    undecoded: [],
    unknown: [],
  };
}

/** Sizes of batches, for `foldBlocks`. */
export const batchSizes: fc.Arbitrary<readonly number[]> = fc.array(fc.integer({ min: 1, max: 5 }), {
  maxLength: 20,
});

/**
 * The fold's invariant, as a property: for any blocks, folding them in batches of any sizes gives the same
 * rows, journal and quarantine as folding them one by one.
 */
export function expectSameInAnyBatches(
  projections: readonly Projection[],
  blocks: fc.Arbitrary<readonly BlockDescription[]>,
  parameters: fc.Parameters<[readonly BlockDescription[], readonly number[]]> = {},
): void {
  fc.assert(
    fc.property(blocks, batchSizes, (descriptions, sizes) => {
      const decoded = chainOf(...descriptions);
      const oneByOne = foldBlocks(projections, decoded);
      const divided = foldBlocks(projections, decoded, sizes);
      expect(divided.everything()).toEqual(oneByOne.everything());
    }),
    parameters,
  );
}

/**
 * On these blocks, the handlers write exactly the tables that their projections declare, and read no
 * undeclared ones.
 */
export function expectDeclaredTables(
  projections: readonly Projection[],
  blocks: readonly DecodedBlock[],
): void {
  const { watched, used } = watchTables(projections);
  foldBlocks(watched.projections, blocks);
  expectDeclared(projections, used);
}

/**
 * Generates divisions of the given events into at most `maxBlocks` blocks of a few transactions of a few
 * events.
 */
export function blocksOf(
  events: fc.Arbitrary<EventDescription>,
  maxBlocks = 6,
): fc.Arbitrary<readonly BlockDescription[]> {
  const transaction = fc.array(events, { minLength: 1, maxLength: 3 });
  const transactions = fc.array(transaction, { maxLength: 3 });
  return fc.array(
    transactions.map((some) => ({ transactions: some })),
    { maxLength: maxBlocks },
  );
}
