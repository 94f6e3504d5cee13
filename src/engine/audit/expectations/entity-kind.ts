/**
 * Expectations: a contract's statements about the rows that hold its state. The mapping from answers to columns is written here a second
 * time, independently of the projections. An audit that reused the projections' mapping would share their errors.
 */
import type { ReadRequest, ReadResult } from '../../rpc/types.ts';
import type { ChainEvent } from '../../contract/events.ts';
import type { ContractKind, IndexedContract } from '../../contract/kind.ts';
import type { ReadPlan } from '../../contract/read-plan.ts';
import type { ChainTableName } from '../../tables.ts';
import type { Address } from '../../../primitives/hex.ts';
import type { Uuid } from '../../../primitives/ids.ts';
import type { AnyRow } from '../../projection/entity.ts';
import type { RowValue } from '../../projection/shape.ts';

/** Several values between which the contract's state does not decide. */
export class OneOf {
  readonly values: readonly RowValue[];

  constructor(...values: readonly RowValue[]) {
    this.values = values;
  }
}

export type ExpectedValue = RowValue | OneOf;

/** A contract's expectation of one row. */
export interface Expectation {
  readonly table: ChainTableName;
  /** Null if the contract has an entity for which neither a row nor a row id is known. */
  readonly rowId: Uuid | null;
  /** A description for people: `checkpoint 3 of product 12`. */
  readonly entity: string;
  /** Whether the row must exist. Null if the state does not determine it. */
  readonly exists: boolean | null;
  /** The expected column values, by property name. The contract has no state for the other columns. */
  readonly values: Readonly<Record<string, ExpectedValue>>;
  /** For an expectation about several rows: the combined values, by property name. */
  readonly pipelined?: Readonly<Record<string, RowValue>>;
  /** For such an expectation: the block of the last log that any of the rows comes from. */
  readonly lastBlock?: number;
  /** The reads by which the fold obtains the value, if they differ from the audit's own. */
  readonly readBy?: readonly ReadRequest[];
}

/** The rows to which expectations refer: those of the ledger's fold, or, without a fold, those of the tables. */
export interface Reference {
  row(table: ChainTableName, id: Uuid): AnyRow | undefined;
  /** The rows whose column has this value, in chain order. */
  where(table: ChainTableName, property: string, value: string | bigint): readonly AnyRow[];
}

export type EntityKey = bigint | string;

/** The part of a getter that interprets answers. */
export interface Getter<Value> {
  readonly functionName: string;
  valueOf(result: ReadResult | undefined): Value | null;
}

/**
 * The value of an answer that the contract owes. Returns null if the call reverts or its result does not decode; this is recorded, and the
 * rows that depend on it are not confirmed. For answers that may be missing, use the getter's own `valueOf`.
 */
export type AnswerOf = <Value>(getter: Getter<Value>, result: ReadResult | undefined) => Value | null;

/** The input for reading a contract's own list. */
export interface ListQuestion {
  readonly address: Address;
  readonly answerOf: AnswerOf;
}

/** The input for reading an entity. */
export interface EntityQuestion<Key extends EntityKey = EntityKey> {
  readonly contract: IndexedContract;
  readonly key: Key;
  readonly reference: Reference;
  readonly answerOf: AnswerOf;
}

/**
 * An entity kind of a contract kind: how its entities are found (in the contract's own lists, in events and in rows), and what the contract
 * states about each.
 */
export interface EntityKind<Key extends EntityKey = EntityKey> {
  /** A singular noun, for people. */
  readonly name: string;
  readonly kind: ContractKind;
  /** A table with one row per entity, which is used to estimate the number of entities. Omitted if there are too few to count. */
  readonly countedIn?: ChainTableName;
  /** The keys that the contract itself lists. Null if it has no list or does not answer. */
  readonly listed?: (question: ListQuestion) => ReadPlan<readonly Key[] | null>;
  /** The keys that an event names. */
  readonly told: (event: ChainEvent) => readonly Key[];
  /** Whether the contract can be queried for such a key. By default, whether it is a uint256. */
  readonly isKey?: (key: Key) => boolean;
  /** Set if several keys denote one entity. The key that was added last represents it. */
  readonly identity?: (key: Key) => string;
  /**
   * By table, the key of the entity that a row belongs to, or null if the row does not determine it. A stored row may contain any value.
   */
  readonly rows: {
    readonly [Table in ChainTableName]?: (row: AnyRow, known: RowContext) => Key | null;
  };
  readonly read: (question: EntityQuestion<Key>) => ReadPlan<readonly Expectation[]>;
}

/** Additional data for determining the entity of a row. */
export interface RowContext {
  readonly reference: Reference;
  readonly walletOf: (user: Uuid) => Address | null;
}

/** Checks a definition with its own key type, and erases that type for code that handles all entity kinds. */
export function entityKind<Key extends EntityKey>(definition: EntityKind<Key>): EntityKind {
  return definition as unknown as EntityKind;
}
