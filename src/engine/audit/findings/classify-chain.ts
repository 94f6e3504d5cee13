/**
 * Why a contract says something else than the fold of the ledger does: found by the block in which its value parted from the
 * row's, and by what the ledger has of that block.
 */
import { isNodeFault } from '../../rpc/errors.ts';
import { headerByNumber } from '../../chain/headers.ts';
import { getLogsByBlockHash } from '../../chain/logs.ts';
import type { ChainNode } from '../../rpc/node.ts';
import { requestKey } from '../../rpc/request-key.ts';
import type { ReadRequest, ReadResult } from '../../rpc/types.ts';
import type { DecodedLog } from '../../contract/decode-log.ts';
import { compiledKind } from '../../contract/decode-log.ts';
import { TransactionEvents } from '../../contract/events.ts';
import type { ReadPlan } from '../../contract/read-plan.ts';
import type { Hash } from '../../../primitives/hex.ts';
import type { RowValue } from '../../projection/shape.ts';
import { bisectChange } from './bisect.ts';
import type { Expectation, Reference } from '../expectations/entity-kind.ts';
import type { Entity } from '../expectations/known-entities.ts';
import type { BlockEvidence, LedgerEvidence } from './ledger-evidence.ts';
import { compareLogs } from '../../ledger/compare-logs.ts';
import type { AuditedBlock, ChangeInterval, FindingClass } from './result.ts';
import { columnOf, fits } from '../expectations/row-values.ts';
import type { StateReader } from '../expectations/state-reads.ts';
import { type EntityAnswer, readEntity } from '../expectations/watched-read.ts';

export interface Verdict {
  readonly class: FindingClass;
  readonly evidence: string;
  readonly changed: ChangeInterval | null;
}

/** A claim that the ledger's fold doesn't bear out. */
export interface Contradiction {
  readonly entity: Entity;
  readonly expectation: Expectation;
  /** Null where the contract and the fold differ on whether there is such a row at all. */
  readonly property: string | null;
  readonly ledgerValue: RowValue;
  /** The block of the log that made the row; null where there is none. */
  readonly madeIn: number | null;
}

export interface ChainClassifier {
  readonly node: ChainNode;
  readonly reader: StateReader;
  /** Of nodes beside the first, which are asked whether they answer alike. */
  readonly otherReaders: readonly StateReader[];
  readonly evidence: LedgerEvidence;
  readonly reference: Reference;
  readonly block: AuditedBlock;
  readonly signal?: AbortSignal | undefined;
}

export async function classifyContradiction(
  classifier: ChainClassifier,
  found: Contradiction,
): Promise<Verdict> {
  const { reader, otherReaders, block } = classifier;
  for (const other of otherReaders) {
    const answer = await answerOrNothing(classifier, other, found);
    if (answer !== null && !answer.isUnavailable && hasLedgerValue(answer, found)) {
      const evidence = 'another of the configured nodes answers at this block as the ledger says';
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
    return verdict('state unavailable', `the state wasn’t to be had when block ${first} was taken in`);
  if (atFirst === false && found.madeIn !== null)
    return await judgeBlock(classifier, found, hashes, first, null);
  const changed = await bisectChange(probe, first, block.number);
  if (changed.upTo - changed.after === 1)
    return await judgeBlock(classifier, found, hashes, changed.upTo, changed);
  const { address } = found.entity.contract;
  if (await classifier.evidence.hasQuarantined(address, changed.after, changed.upTo))
    return verdict('undecoded', 'a log of the contract from these blocks is in quarantine', changed);
  const evidence = 'the node doesn’t have the states in between, so no single block can be named';
  return verdict('changed without an event', evidence, changed);
}

/** Whether the ledger says so of the reads by which the fold should have learnt the value. */
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

/** The block in which the column took the value that it has; for a row that isn't there, the one before the contract's first. */
async function firstBlock({ evidence, block }: ChainClassifier, found: Contradiction): Promise<number> {
  const { expectation, property, entity, madeIn } = found;
  if (expectation.lastBlock !== undefined) return expectation.lastBlock;
  if (expectation.rowId === null || madeIn === null) return Math.max(0, entity.contract.startBlock - 1);
  if (property === null) return madeIn;
  const column = columnOf(expectation.table, property).name;
  return (await evidence.lastSetIn(expectation.table, expectation.rowId, column, block.number)) ?? madeIn;
}

/** What happened in the block in which the contract's value parted from the row's. */
async function judgeBlock(
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
    const what = altered.kind === 'log added' ? 'isn’t the chain’s' : 'is otherwise on the chain';
    const evidence = `log ${altered.log.logIndex} of block ${number} in the ledger ${what}; replay --refetch --mend puts it right`;
    return verdict('ledger altered', evidence, changed);
  }
  const kept = new Set(known.logs.map(({ logIndex }) => logIndex));
  const missing = logs.find(({ logIndex }) => !kept.has(logIndex));
  if (missing !== undefined) {
    const place = `log ${missing.logIndex} of block ${number} (transaction ${missing.transactionHash})`;
    return verdict('missed event', `the ledger doesn’t have ${place}`, changed);
  }
  if (logs.some(({ logIndex }) => known.quarantined.has(logIndex)) || known.decoded.some(isUnreadOf(address)))
    return verdict('undecoded', `block ${number} has a log of the contract that took no effect`, changed);
  const answers = await foldsReads(classifier, found, hash);
  const fromReads = judgeKeptReads(answers, known, number);
  if (fromReads !== null) return { ...fromReads, changed };
  if (known.decoded.some((one) => tellsOf(one, entity)))
    return verdict(
      'wrong projection',
      `block ${number} has an event about it, and the row doesn’t show it`,
      changed,
    );
  const evidence = `block ${number} changed it, and none of the contract’s logs there tells of it`;
  return verdict('changed without an event', evidence, changed ?? { after: number - 1, upTo: number });
}

/** What the node answers now to the reads by which the fold learns of the row. */
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

/** Whether the fold was given the contract's answer at that block, and what became of it. */
function judgeKeptReads(
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
      evidence: `the state wasn’t to be had when block ${number} was taken in`,
    };
  if (kept.some(({ result, now }) => !sameResult(result, now))) {
    const evidence = `at block ${number} the node answered otherwise when that block was taken in`;
    return { class: 'node disagrees with another node', evidence };
  }
  const evidence = `the contract’s answer at block ${number} is in the ledger, and the row doesn’t show it`;
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

/** Events that change nothing which a row would show. */
const silentEvents: ReadonlySet<string> = new Set(['Approval', 'ApprovalForAll']);

/** Whether the fold had to take the entity's value from this event alone, since it reads nothing. */
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

/** What another node answers at the audited block: null where it doesn't, since the first one's answer stands without it. */
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

export async function answerAt(
  { reference }: ChainClassifier,
  reader: StateReader,
  { entity }: Contradiction,
  blockHash: Hash,
): Promise<EntityAnswer> {
  const [answer] = await reader.answer(blockHash, [() => readEntity(entity, reference)]);
  return answer ?? { expectations: [], results: new Map(), isUnavailable: true, unanswered: [] };
}

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

/** Whether the contract said then what the ledger's fold says now. */
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
