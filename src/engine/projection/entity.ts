/**
 * What a handler works with: the entities that it names before anything is loaded, and the rows that it
 * writes.
 *
 * An entity is one row of a table, identified before it is known whether the row exists. A handler can read
 * only the entities that it named, so a row that was not loaded cannot be mistaken for one that does not
 * exist.
 */
import type { ChainEvent, TransactionEvents } from '../contract/events.ts';
import type { ChainTableName, ChainRow } from '../tables.ts';
import type { Address } from '../../primitives/hex.ts';
import type { Uuid } from '../../primitives/ids.ts';
import type { Lookup, LookupKey } from './lookup.ts';
import type { RowValue } from './shape.ts';

/** Values by property name. */
export type AnyRow = Readonly<Record<string, RowValue>>;

/** The values with which a handler makes a row. The event fills the provenance columns and `updatedAt`. */
export type NewRow<Table extends ChainTableName> = Omit<ChainRow<Table>, FilledColumn | 'id'> &
  ('createdAt' extends keyof ChainRow<Table> ? { readonly createdAt?: bigint } : unknown);

/** The columns of a row that a handler may change. */
export type RowPatch<Table extends ChainTableName> = Partial<
  Omit<ChainRow<Table>, FilledColumn | 'id' | 'createdAt'>
>;

type FilledColumn =
  | 'chainId'
  | 'smartContractAddress'
  | 'blockNumber'
  | 'blockHash'
  | 'transactionHash'
  | 'logIndex'
  | 'changedBlockNumber'
  | 'changedBlockHash'
  | 'changedTransactionHash'
  | 'changedLogIndex'
  | 'inexactColumns'
  | 'createdAt'
  | 'updatedAt';

/** The event of a row's origin. */
export type Origin = Pick<ChainEvent, 'block' | 'log'>;

/** One row, named by its id. Within a batch, the same table and id always give the same object. */
export interface Entity<Table extends ChainTableName> {
  readonly id: Uuid;
  /** The row's current state, or undefined if it does not exist. */
  readonly row: ChainRow<Table> | undefined;
  /**
   * Makes the row and returns it. Throws if it exists: handlers check first and then use `update`. `madeBy`
   * is the event of the row's origin, if an earlier event of the same transaction already needs the row.
   */
  insert(values: NewRow<Table>, madeBy?: Origin): ChainRow<Table>;
  /**
   * Changes the row and returns it. The event becomes the row's last change, even if no value differs. Throws
   * if the row does not exist.
   */
  update(patch: RowPatch<Table>): ChainRow<Table>;
}

/** The rows that match a lookup. */
export interface Found<Table extends ChainTableName> {
  /** Returns the entities whose rows match now, ordered by id, including rows that this batch made. */
  entities(): readonly (Entity<Table> & { readonly row: ChainRow<Table> })[];
  /** Returns their rows, in the same order. */
  rows(): readonly ChainRow<Table>[];
}

/** Names the entities of an event. Everything that is named is loaded before the first event is applied. */
export interface Load {
  /** Names one row. */
  one<Table extends ChainTableName>(table: Table, id: Uuid): Entity<Table>;
  /** Names the rows that match a lookup, which the area must list. */
  many<Table extends ChainTableName>(lookup: Lookup<Table>, key: LookupKey): Found<Table>;
  /**
   * Names entities that several events of a transaction share: computed for the first of them, and returned
   * to all. `compute` must be the same function on each call.
   */
  once<Value>(
    transaction: TransactionEvents,
    compute: (transaction: TransactionEvents, load: Load) => Value,
  ): Value;
}

/** What a handler can write without having named it. */
export interface Write {
  /** Makes a row that no handler reads, or whose id is known only now. Throws if it exists. */
  insert<Table extends ChainTableName>(
    table: Table,
    id: Uuid,
    values: NewRow<Table>,
    madeBy?: Origin,
  ): ChainRow<Table>;
  /**
   * Returns the id of a wallet's user, and makes the user if it does not exist; null for the zero address,
   * which has no user.
   */
  user(wallet: Address): Uuid | null;
  /**
   * Returns the id of a standard by any spelling of its code, and makes the standard if it does not exist.
   */
  standard(spelling: string): Uuid;
}
