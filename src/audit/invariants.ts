/** Laws that no single field shows: checked with the tables as of the audited block and the contracts' own sums. */
import type { ContractKind, IndexedContract } from '../contracts/kind.ts';
import type { ReadPlan } from '../contracts/read-plan.ts';
import type { ChainTableName } from '../db/ownership.ts';
import type { Address, Hash } from '../primitives/hex.ts';
import type { Area } from '../projections/fold/projection.ts';
import type { AreaAudit } from './area-audit.ts';
import type { AnswerOf } from './claim.ts';
import type { FindingClass, InvariantResult } from './result.ts';
import type { SilentWithdrawals } from './silent-withdrawals.ts';
import type { StateReader } from './state-reads.ts';
import { watched } from './watched-read.ts';

/** What the tables come to, contract by contract. */
export interface TableSums {
  readonly balancesWei: ReadonlyMap<Address, bigint>;
  /** How many holders have a balance below zero. */
  readonly negativeBalances: ReadonlyMap<Address, number>;
  /** What payments and their fees have not yet been paid out, by payment contract. */
  readonly heldWei: ReadonlyMap<Address, bigint>;
  /** Certificates whose owner is no user, by contract. */
  readonly ownerless: ReadonlyMap<Address, number>;
}

export interface InvariantQuestion {
  readonly contract: IndexedContract;
  readonly sums: TableSums;
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
  /** A law about the rows alone asks nothing. */
  readonly check: (question: InvariantQuestion) => InvariantPlan | InvariantAnswer;
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
  /** Money that left the contract in silence, where that explains it. */
  readonly withdrawals?: SilentWithdrawals | null;
}

/** Every law of these areas about every contract of its kind, those that can't be checked among them. */
export async function checkInvariants(
  reader: StateReader,
  areas: readonly AreaAudit[],
  contracts: readonly IndexedContract[],
  blockHash: Hash,
  sums: TableSums,
): Promise<CheckedInvariant[]> {
  const laws = areas.flatMap(({ area, invariants }) => invariants.map((law) => ({ area, law })));
  const questions = laws.flatMap(({ area, law }) =>
    contracts.filter(({ kind }) => kind === law.kind).map((contract) => ({ area, law, contract })),
  );
  const plans = questions.map((question) => () => check(question, sums));
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
  readonly law: AreaInvariant;
  readonly contract: IndexedContract;
}

function* check({ area, law, contract }: Question, sums: TableSums): ReadPlan<CheckedInvariant> {
  const { name, table, classWhenBroken = 'changed without an event' } = law;
  const common = { name, contract: contract.address, area, table, classWhenBroken };
  const { answer, isUnavailable, unanswered } = yield* watched((answerOf) =>
    planOf(law.check({ contract, sums, answerOf })),
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
