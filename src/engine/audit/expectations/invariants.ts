/** Invariants over several rows or whole tables, checked with the tables as of the audited block and the contracts' own totals. */
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
import { watched } from './watched-read.ts';
import { asOfRelation } from '../../store/as-of.ts';
import { storedTable } from '../../store/stored-table.ts';

/** Returns the SQL relation of a table as of the audited block. */
export type SourceOf = (table: ChainTableName) => string;

export interface InvariantQuestion {
  readonly contract: IndexedContract;
  /** The result of `measure` for the contract as decimal text, or null if it returned no row. */
  readonly measured: string | null;
  readonly answerOf: AnswerOf;
}

export interface InvariantAnswer {
  readonly holds: boolean;
  readonly detail: string;
  /** The contract's value, or null if the invariant reads none. */
  readonly chainValue: string | null;
  readonly databaseValue: string | null;
}

/** Returns null if the contract did not give an answer that it owes. The invariant is then not checked. */
export type InvariantPlan = ReadPlan<InvariantAnswer | null>;

/** An invariant over each contract of a kind. */
export interface AreaInvariant {
  readonly name: string;
  readonly kind: ContractKind;
  readonly table: ChainTableName;
  /** The class of a finding about it; by default `changed without an event`. */
  readonly classWhenBroken?: FindingClass;
  /** A statement that selects `address` and `amount`, as text, once per contract of the chain `$1`: the total over the contract's rows. */
  readonly measure: (source: SourceOf) => string;
  /** Further tables: a finding about one of their rows explains a violated invariant, as does one about `table`. */
  readonly explainedBy?: readonly ChainTableName[];
  /** Searches the database for the cause of a violation that no other finding explains. */
  readonly explain?: (client: ClientBase, at: StoredAt, contract: Address) => Promise<SilentChange | null>;
  /** Compares the total with the contract. An invariant over rows alone returns its result without a read. */
  readonly check: (question: InvariantQuestion) => InvariantPlan | InvariantAnswer;
}

/** A change without a log of the contract itself, as other rows show it. */
export interface SilentChange {
  readonly changed: ChangeInterval;
  /** The last log that shows the change. */
  readonly lastLog: LogPlace;
  /** One sentence. */
  readonly evidence: string;
}

/** A checked invariant, with the details to report if it is violated. */
export interface CheckedInvariant extends InvariantResult {
  readonly area: Area;
  readonly table: ChainTableName;
  readonly contract: Address;
  readonly classWhenBroken: FindingClass;
  readonly chainValue: string | null;
  readonly databaseValue: string | null;
  /** Whether it is not checked because the node does not have the state. */
  readonly isUnavailable: boolean;
  /** The definition of the invariant. */
  readonly invariant: AreaInvariant;
  readonly explanation?: SilentChange | null;
}

/** The totals of these areas, by invariant and contract. */
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

/** Checks every invariant of these areas for every contract of its kind, and includes those that cannot be checked. */
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

/** Converts checked invariants to the form of the audit result. */
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
  const detail = isUnavailable ? 'the node does not have the state of this block' : unanswered.join(', ');
  const nothing = { chainValue: null, databaseValue: null };
  return { ...common, ...nothing, status: 'not checked', holds: false, detail, isUnavailable };
}

function* planOf(checked: InvariantPlan | InvariantAnswer): InvariantPlan {
  return 'next' in checked ? yield* checked : checked;
}

/** Amounts as decimal text, by invariant and contract. A contract without rows is absent. */
export type Measures = ReadonlyMap<AreaInvariant, ReadonlyMap<Address, string>>;

/** Runs the `measure` statements of the invariants. */
export async function measureTables(
  client: ClientBase,
  at: StoredAt,
  invariants: readonly AreaInvariant[],
): Promise<Measures> {
  const source = (table: ChainTableName): string =>
    at.isLive ? storedTable(table).sqlName : asOfRelation(table, at);
  const measures = new Map<AreaInvariant, ReadonlyMap<Address, string>>();
  for (const invariant of invariants) {
    const { rows } = await client.query<{ address: Address; amount: string }>(invariant.measure(source), [
      at.chainId,
    ]);
    measures.set(invariant, new Map(rows.map(({ address, amount }) => [address, amount])));
  }
  return measures;
}
