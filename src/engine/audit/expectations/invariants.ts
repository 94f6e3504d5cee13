/** Laws that no single field shows: checked with the tables as of the audited block and the contracts' own sums. */
import type { ClientBase } from 'pg';
import type { ContractKind, IndexedContract } from '../../contract/kind.ts';
import type { ReadPlan } from '../../contract/read-plan.ts';
import type { ChainTableName } from '../../tables.ts';
import type { Address, Hash } from '../../../primitives/hex.ts';
import type { Area } from '../../projection/projection.ts';
import type { AreaAudit } from './area-audit.ts';
import type { AnswerOf } from './entity-kind.ts';
import type { ChangeInterval, FindingClass, InvariantResult, LogPlace } from '../findings/result.ts';
import type { StateReader } from './state-reads.ts';
import type { StoredAt } from '../rows/stored-rows.ts';
import { type Measures, measureTables } from './table-sums.ts';
import { watched } from './watched-read.ts';

/** The relation of a table as of the audited block, for a statement. */
export type SourceOf = (table: ChainTableName) => string;

export interface InvariantQuestion {
  readonly contract: IndexedContract;
  /** What `measure` gave for the contract, as decimal text; null if it gave no row. */
  readonly measured: string | null;
  readonly answerOf: AnswerOf;
}

export interface InvariantAnswer {
  readonly holds: boolean;
  readonly detail: string;
  /** What the contract says; null where it isn't asked. */
  readonly chainValue: string | null;
  readonly databaseValue: string | null;
}

/** Ends with null where the contract owed an answer and gave none: the law is not checked then. */
export type InvariantPlan = ReadPlan<InvariantAnswer | null>;

/** A law about each contract of a kind. */
export interface AreaInvariant {
  readonly name: string;
  readonly kind: ContractKind;
  readonly table: ChainTableName;
  /** The class of a finding about it; by default `changed without an event`. */
  readonly classWhenBroken?: FindingClass;
  /**
   * A statement that selects `address` and `amount`, as text, once per contract of the chain `$1`: what the rows of all its tables
   * come to.
   */
  readonly measure: (source: SourceOf) => string;
  /** Further tables: a finding about one of their rows explains a broken law as well as one about `table` does. */
  readonly explainedBy?: readonly ChainTableName[];
  /** Looks in the database for what broke the law, if nothing else explains it. */
  readonly explain?: (client: ClientBase, at: StoredAt, contract: Address) => Promise<SilentChange | null>;
  /** A law about the rows alone asks nothing. */
  readonly check: (question: InvariantQuestion) => InvariantPlan | InvariantAnswer;
}

/** What changed without a log of the contract's own, as far as other rows tell. */
export interface SilentChange {
  readonly changed: ChangeInterval;
  /** The last log that tells of it. */
  readonly lastLog: LogPlace;
  /** In a sentence. */
  readonly evidence: string;
}

/** A law, with what to say of it where it is broken. */
export interface CheckedInvariant extends InvariantResult {
  readonly area: Area;
  readonly table: ChainTableName;
  readonly contract: Address;
  readonly classWhenBroken: FindingClass;
  readonly chainValue: string | null;
  readonly databaseValue: string | null;
  /** Whether it is not checked for want of the node's state. */
  readonly isUnavailable: boolean;
  /** The law itself. */
  readonly invariant: AreaInvariant;
  readonly explanation?: SilentChange | null;
}

/** What the rows of these areas come to, by law and contract. */
export async function measureInvariants(
  client: ClientBase,
  at: StoredAt,
  areas: readonly AreaAudit[],
): Promise<Measures> {
  return await measureTables(
    client,
    at,
    areas.flatMap(({ invariants }) => invariants),
  );
}

/** Every law of these areas about every contract of its kind, those that can't be checked among them. */
export async function checkInvariants(
  reader: StateReader,
  areas: readonly AreaAudit[],
  contracts: readonly IndexedContract[],
  blockHash: Hash,
  measures: Measures,
): Promise<CheckedInvariant[]> {
  const declared = areas.flatMap(({ area, invariants }) =>
    invariants.map((invariant) => ({ area, invariant })),
  );
  const questions = declared.flatMap(({ area, invariant }) =>
    contracts
      .filter(({ kind }) => kind === invariant.kind)
      .map((contract) => ({ area, invariant, contract })),
  );
  const plans = questions.map((question) => () => check(question, measures));
  return await reader.answer(blockHash, plans);
}

/** As a result says them. */
export function invariantResults(checked: readonly CheckedInvariant[]): InvariantResult[] {
  return checked.map(({ name, contract, status, holds, detail }) => ({
    name,
    contract,
    status,
    holds,
    detail,
  }));
}

interface Question {
  readonly area: Area;
  readonly invariant: AreaInvariant;
  readonly contract: IndexedContract;
}

function* check({ area, invariant, contract }: Question, measures: Measures): ReadPlan<CheckedInvariant> {
  const { name, table, classWhenBroken = 'changed without an event' } = invariant;
  const common = { name, contract: contract.address, area, table, classWhenBroken, invariant };
  const measured = measures.get(invariant)?.get(contract.address) ?? null;
  const { answer, isUnavailable, unanswered } = yield* watched((answerOf) =>
    planOf(invariant.check({ contract, measured, answerOf })),
  );
  if (answer !== null) {
    const status = answer.holds ? 'holds' : 'broken';
    return { ...common, ...answer, status, isUnavailable: false };
  }
  const detail = isUnavailable ? 'the node doesn’t have the state of this block' : unanswered.join(', ');
  const nothing = { chainValue: null, databaseValue: null };
  return { ...common, ...nothing, status: 'not checked', holds: false, detail, isUnavailable };
}

function* planOf(checked: InvariantPlan | InvariantAnswer): InvariantPlan {
  return 'next' in checked ? yield* checked : checked;
}
