/**
 * Classifies a contradiction between a contract and the fold of the ledger: finds the block in which the contract's value and the row
 * diverged, and examines the ledger's data of that block.
 */
import { isNodeFault } from '../../rpc/errors.ts';
import { headerByNumber } from '../../chain/headers.ts';
import { getLogsByBlockHash } from '../../chain/logs.ts';
import type { ChainNode } from '../../rpc/node.ts';
import { requestKey, type ReadRequest, type ReadResult } from '../../rpc/types.ts';
import { type DecodedLog, compiledKind } from '../../contract/decode-log.ts';
import { TransactionEvents } from '../../contract/events.ts';
import type { ReadPlan } from '../../contract/read-plan.ts';
import type { Hash } from '../../../primitives/hex.ts';
import type { RowValue } from '../../projection/shape.ts';
import type { Expectation, Reference } from '../expectations/entity-kind.ts';
import type { Entity } from '../expectations/known-entities.ts';
import type { BlockEvidence, LedgerEvidence } from './ledger-evidence.ts';
import { compareLogs } from '../../ledger/ledger-blocks.ts';
import type { AuditedBlock, ChangeInterval, FindingClass } from './result.ts';
import { columnOf, fits } from '../expectations/row-values.ts';
import type { StateReader } from '../expectations/state-reads.ts';
import { type EntityAnswer, readEntity } from '../expectations/watched-read.ts';

export interface Verdict {
  readonly class: FindingClass;
  readonly evidence: string;
  readonly changed: ChangeInterval | null;
}

/** An expectation that the ledger's fold does not meet. */
export interface Contradiction {
  readonly entity: Entity;
  readonly expectation: Expectation;
  /** Null if the contract and the fold disagree whether the row exists. */
  readonly property: string | null;
  readonly ledgerValue: RowValue;
  /** The block of the log that inserted the row, or null if there is no row. */
  readonly madeIn: number | null;
}

export interface ChainClassifier {
  readonly node: ChainNode;
  readonly reader: StateReader;
  /** Readers of the other nodes, which are compared with the first. */
  readonly otherReaders: readonly StateReader[];
  readonly evidence: LedgerEvidence;
  readonly reference: Reference;
  readonly block: AuditedBlock;
  readonly signal?: AbortSignal | undefined;
}

/** Determines the class of a contradiction, with the evidence and the interval of the change. */
export async function classifyContradiction(
  classifier: ChainClassifier,
  found: Contradiction,
): Promise<Verdict> {
  const { reader, otherReaders, block } = classifier;
  for (const other of otherReaders) {
    const answer = await answerOrNothing(classifier, other, found);
    if (answer !== null && !answer.isUnavailable && hasLedgerValue(answer, found)) {
      const evidence = 'at this block another configured node gives the answer that the ledger has';
      return verdict('node disagrees with another node', evidence);
    }
  }
  const hashes = new Map<number, Hash>([[block.number, block.hash]]);
  const probe = async (number: number): Promise<boolean | null> => {
    const answer = await answerAt(classifier, reader, found, await hashOf(classifier, hashes, number));
    return answer.isUnavailable ? null : hasLedgerValue(answer, found);
  };
  const first = await firstBlock(classifier, found);
  const atFirst = await probe(first);
  if (atFirst === null && (await wasUnavailable(classifier, found, first, hashes)))
    return verdict('state unavailable', `the state was not available when block ${first} was ingested`);
  if (atFirst === false && found.madeIn !== null)
    return await classifyBlock(classifier, found, hashes, first, null);
  const changed = await bisectChange(probe, first, block.number);
  if (changed.upTo - changed.after === 1)
    return await classifyBlock(classifier, found, hashes, changed.upTo, changed);
  const { address } = found.entity.contract;
  if (await classifier.evidence.hasQuarantined(address, changed.after, changed.upTo))
    return verdict('undecoded', 'a log of the contract from these blocks is in quarantine', changed);
  const evidence = 'the node does not have the states in between, so the block of the change is unknown';
  return verdict('changed without an event', evidence, changed);
}

/** Whether the ledger recorded the reads behind the value as unavailable. */
async function wasUnavailable(
  classifier: ChainClassifier,
  found: Contradiction,
  number: number,
  hashes: Map<number, Hash>,
): Promise<boolean> {
  const hash = await hashOf(classifier, hashes, number);
  const { reads } = await classifier.evidence.block(number, hash);
  const answers = await foldsReads(classifier, found, hash);
  return [...answers.keys()].some((key) => {
    const status = reads.get(key)?.status;
    return status === 'unavailable' || status === 'oversized';
  });
}

/** The block in which the column received its current value. For a missing row, the block before the contract's first. */
async function firstBlock({ evidence, block }: ChainClassifier, found: Contradiction): Promise<number> {
  const { expectation, property, entity, madeIn } = found;
  if (expectation.lastBlock !== undefined) return expectation.lastBlock;
  if (expectation.rowId === null || madeIn === null) return Math.max(0, entity.contract.startBlock - 1);
  if (property === null) return madeIn;
  const column = columnOf(expectation.table, property).name;
  return (await evidence.lastSetIn(expectation.table, expectation.rowId, column, block.number)) ?? madeIn;
}

/** Examines the block in which the contract's value and the row diverged. */
async function classifyBlock(
  classifier: ChainClassifier,
  found: Contradiction,
  hashes: Map<number, Hash>,
  number: number,
  changed: ChangeInterval | null,
): Promise<Verdict> {
  const { entity } = found;
  const { address } = entity.contract;
  const hash = await hashOf(classifier, hashes, number);
  const known = await classifier.evidence.block(number, hash);
  const [logs = []] = await getLogsByBlockHash(
    classifier.node,
    [hash],
    { addresses: [address] },
    optionsOf(classifier),
  );
  const indexes = new Set(logs.map(({ logIndex }) => logIndex));
  const own = known.logs.filter((log) => log.address === address || indexes.has(log.logIndex));
  const altered = compareLogs(logs, own).find(({ kind }) => kind !== 'log missing');
  if (altered !== undefined) {
    const what = altered.kind === 'log added' ? 'does not exist on the chain' : 'differs from the chain';
    const evidence = `log ${altered.log.logIndex} of block ${number} in the ledger ${what}; replay --refetch --mend corrects it`;
    return verdict('ledger altered', evidence, changed);
  }
  const kept = new Set(known.logs.map(({ logIndex }) => logIndex));
  const missing = logs.find(({ logIndex }) => !kept.has(logIndex));
  if (missing !== undefined) {
    const place = `log ${missing.logIndex} of block ${number} (transaction ${missing.transactionHash})`;
    return verdict('missed event', `the ledger does not have ${place}`, changed);
  }
  if (logs.some(({ logIndex }) => known.quarantined.has(logIndex)) || known.decoded.some(isUnreadOf(address)))
    return verdict('undecoded', `block ${number} has a log of the contract without effect`, changed);
  const answers = await foldsReads(classifier, found, hash);
  const fromReads = classifyRecordedReads(answers, known, number);
  if (fromReads !== null) return { ...fromReads, changed };
  if (known.decoded.some((one) => tellsOf(one, entity)))
    return verdict(
      'wrong projection',
      `block ${number} has an event about it that the row does not reflect`,
      changed,
    );
  const evidence = `block ${number} changed it, and none of the contract’s logs in that block reports it`;
  return verdict('changed without an event', evidence, changed ?? { after: number - 1, upTo: number });
}

/** The node's current answers to the reads by which the fold builds the row. */
async function foldsReads(
  classifier: ChainClassifier,
  found: Contradiction,
  blockHash: Hash,
): Promise<EntityAnswer['results']> {
  const { readBy } = found.expectation;
  if (readBy === undefined) return (await answerAt(classifier, classifier.reader, found, blockHash)).results;
  const [results = []] = await classifier.reader.answer(blockHash, [() => readAll(readBy)]);
  return new Map(
    readBy.flatMap((request, index) => {
      const result = results[index];
      return result === undefined ? [] : [[requestKey(request), result] as const];
    }),
  );
}

function* readAll(requests: readonly ReadRequest[]): ReadPlan<readonly ReadResult[]> {
  return yield requests;
}

/** Whether the fold received the contract's answer at that block, and what followed from it. */
function classifyRecordedReads(
  answers: EntityAnswer['results'],
  { reads }: BlockEvidence,
  number: number,
): Omit<Verdict, 'changed'> | null {
  const kept = Array.from(answers).flatMap(([key, now]) => {
    const result = reads.get(key);
    return result === undefined ? [] : [{ result, now }];
  });
  if (kept.length === 0) return null;
  if (kept.some(({ result }) => result.status === 'unavailable' || result.status === 'oversized'))
    return {
      class: 'state unavailable',
      evidence: `the state was not available when block ${number} was ingested`,
    };
  if (kept.some(({ result, now }) => !sameResult(result, now))) {
    const evidence = `the node gave another answer for block ${number} when that block was ingested`;
    return { class: 'node disagrees with another node', evidence };
  }
  const evidence = `the contract’s answer at block ${number} is in the ledger, and the row does not reflect it`;
  return { class: 'wrong projection', evidence };
}

function sameResult(left: ReadResult, right: ReadResult): boolean {
  if (left.status !== right.status) return false;
  return left.status !== 'ok' || right.status !== 'ok' || left.data === right.data;
}

function isUnreadOf(address: string): (decoded: DecodedLog) => boolean {
  return (decoded) =>
    (decoded.status === 'unknown' && decoded.unknown.log.address === address) ||
    (decoded.status === 'undecoded' && decoded.undecoded.log.address === address);
}

/** Events that change no value of a row. */
const silentEvents: ReadonlySet<string> = new Set(['Approval', 'ApprovalForAll']);

/** Whether this event is the fold's only source of the entity's value, because the event has no reads. */
function tellsOf(decoded: DecodedLog, { entityKind, contract, key }: Entity): boolean {
  if (decoded.status !== 'event') return false;
  const { event } = decoded;
  if (event.log.address !== contract.address || silentEvents.has(event.name)) return false;
  if (compiledKind(event.kind).plans.has(event.name)) return false;
  const identity = entityKind.identity ?? String;
  return entityKind
    .told({ ...event, transaction: new TransactionEvents(), answer: undefined })
    .some((one) => identity(one) === identity(key));
}

/** Another node's answer at the audited block, or null if that node fails. The first node's answer is then used alone. */
async function answerOrNothing(
  classifier: ChainClassifier,
  reader: StateReader,
  found: Contradiction,
): Promise<EntityAnswer | null> {
  try {
    return await answerAt(classifier, reader, found, classifier.block.hash);
  } catch (error) {
    if (isNodeFault(error)) return null;
    throw error;
  }
}

/** Reads the entity of a contradiction at a block. */
export async function answerAt(
  { reference }: ChainClassifier,
  reader: StateReader,
  { entity }: Contradiction,
  blockHash: Hash,
): Promise<EntityAnswer> {
  const [answer] = await reader.answer(blockHash, [() => readEntity(entity, reference)]);
  return answer ?? { expectations: [], results: new Map(), isUnavailable: true, unanswered: [] };
}

/** The answer's expectation of the same row, if there is one. */
export function claimIn(
  { expectations }: EntityAnswer,
  { expectation }: Contradiction,
): Expectation | undefined {
  return expectations.find(
    ({ table, rowId, entity }) =>
      table === expectation.table &&
      (expectation.rowId === null ? entity === expectation.entity : rowId === expectation.rowId),
  );
}

/** Whether the contract's answer at that time equals the current value of the ledger's fold. */
function hasLedgerValue(answer: EntityAnswer, found: Contradiction): boolean {
  const said = claimIn(answer, found);
  if (found.property === null) return (said?.exists ?? false) === (found.madeIn !== null);
  const value = said?.values[found.property];
  return value !== undefined && fits(value, found.ledgerValue);
}

async function hashOf(classifier: ChainClassifier, hashes: Map<number, Hash>, number: number): Promise<Hash> {
  const known = hashes.get(number);
  if (known !== undefined) return known;
  const { hash } = await headerByNumber(classifier.node, number, optionsOf(classifier));
  hashes.set(number, hash);
  return hash;
}

function optionsOf({ signal }: ChainClassifier): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

function verdict(of: FindingClass, evidence: string, changed: ChangeInterval | null = null): Verdict {
  return { class: of, evidence, changed };
}

/** Whether the state of a block has the value. Null if the node no longer has that state. */
export type Probe = (blockNumber: number) => Promise<boolean | null>;

/**
 * The narrowest interval, within the node's history, between a block that has the value (or whose state is unavailable) and a later one
 * that does not. If the value changed several times, the result is one of the changes.
 */
export async function bisectChange(has: Probe, first: number, last: number): Promise<ChangeInterval> {
  let after = first;
  /** The state of this and earlier blocks is unavailable, because a node prunes the oldest state first. */
  let unknown = first;
  let upTo = last;
  while (upTo - Math.max(after, unknown) > 1) {
    const middle = Math.floor((Math.max(after, unknown) + upTo) / 2);
    const answer = await has(middle);
    if (answer === null) unknown = middle;
    else if (answer) after = middle;
    else upTo = middle;
  }
  return { after, upTo };
}
