/**
 * What a contract says of the rows that hold its state. How an answer maps to columns is written here, in this room, a second time:
 * an audit that asked the projections how they do it would agree with whatever they do wrong.
 */
import type { ReadRequest, ReadResult } from '../../rpc/types.ts';
import type { ChainEvent } from '../../contract/events.ts';
import type { ContractKind, IndexedContract } from '../../contract/kind.ts';
import type { ReadPlan } from '../../contract/read-plan.ts';
import type { ChainTableName } from '../../tables.ts';
import type { Address } from '../../../primitives/hex.ts';
import type { Uuid } from '../../../primitives/ids.ts';
import type { AnyRow } from '../../projection/rows.ts';
import type { RowValue } from '../../projection/shape.ts';

/** A value that the contract's state leaves open between several. */
export class OneOf {
  readonly values: readonly RowValue[];

  constructor(...values: readonly RowValue[]) {
    this.values = values;
  }
}

export type ExpectedValue = RowValue | OneOf;

/** What a contract says of one row. */
export interface Expectation {
  readonly table: ChainTableName;
  /** Null where the contract has something of which no row is known, nor what its id would be. */
  readonly rowId: Uuid | null;
  /** For a person: `checkpoint 3 of product 12`. */
  readonly entity: string;
  /** Whether there must be such a row; null where the state doesn't say. */
  readonly exists: boolean | null;
  /** By property name, what the columns must hold; of the others the contract keeps nothing. */
  readonly values: Readonly<Record<string, ExpectedValue>>;
  /** For a claim about several rows together: what they come to, by the same names. */
  readonly pipelined?: Readonly<Record<string, RowValue>>;
  /** For such a claim: the block of the last log that any of those rows comes from. */
  readonly lastBlock?: number;
  /** The reads by which the fold learns this, where they are others than the audit's own. */
  readonly readBy?: readonly ReadRequest[];
}

/** The rows that claims are made about: by the fold of the ledger, or where that wasn't made, by the tables. */
export interface Reference {
  row(table: ChainTableName, id: Uuid): AnyRow | undefined;
  /** The rows whose column has this value, in the chain's order. */
  where(table: ChainTableName, property: string, value: string | bigint): readonly AnyRow[];
}

export type EntityKey = bigint | string;

/** A getter, as far as its answers are concerned. */
export interface Getter<Value> {
  readonly functionName: string;
  valueOf(result: ReadResult | undefined): Value | null;
}

/**
 * The value of an answer that the contract owes: null where it reverts, or gives what can't be decoded. That is noted, and what the
 * answer was to confirm is not confirmed. An answer that may be missing is taken with the getter's own `valueOf`.
 */
export type AnswerOf = <Value>(getter: Getter<Value>, result: ReadResult | undefined) => Value | null;

/** What a contract's list is read with. */
export interface ListQuestion {
  readonly address: Address;
  readonly answerOf: AnswerOf;
}

/** What an entity's read is told. */
export interface EntityQuestion<Key extends EntityKey = EntityKey> {
  readonly contract: IndexedContract;
  readonly key: Key;
  readonly reference: Reference;
  readonly answerOf: AnswerOf;
}

/**
 * One sort of entity that contracts of a kind have: who there are, by the contract's own lists, by the logs and by the rows, and
 * what the contract says of each.
 */
export interface EntityKind<Key extends EntityKey = EntityKey> {
  /** In the singular, for a person. */
  readonly name: string;
  readonly kind: ContractKind;
  /** A table with one row per entity, by which the number of entities is estimated; none for the few that are not worth counting. */
  readonly countedIn?: ChainTableName;
  /** The keys that the contract itself lists; null where it has no list, or doesn't answer. */
  readonly listed?: (question: ListQuestion) => ReadPlan<readonly Key[] | null>;
  /** The keys that an event names. */
  readonly told: (event: ChainEvent) => readonly Key[];
  /** Whether a contract can be asked about such a key: a uint256 unless this says otherwise. */
  readonly isKey?: (key: Key) => boolean;
  /** Where several keys mean one entity: the last one that was told stands for it. */
  readonly identity?: (key: Key) => string;
  /** By table, the key of the entity that a row belongs to; null where the row doesn't tell. A stored row may hold anything. */
  readonly rows: {
    readonly [Table in ChainTableName]?: (row: AnyRow, known: RowContext) => Key | null;
  };
  readonly read: (question: EntityQuestion<Key>) => ReadPlan<readonly Expectation[]>;
}

/** What telling a row's entity may need beside the row. */
export interface RowContext {
  readonly reference: Reference;
  readonly walletOf: (user: Uuid) => Address | null;
}

/** Keeps the keys' own type while a facet is written, and forgets it for those who go through all of them. */
export function entityKind<Key extends EntityKey>(definition: EntityKind<Key>): EntityKind {
  return definition as unknown as EntityKind;
}
