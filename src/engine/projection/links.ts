/**
 * Links between rows of different contracts. The application derives them by SQL after the projection, in
 * bounded steps, because a hostile contract may refer to a row a million times before it exists. Journal and
 * digest do not cover links.
 */
import type { ClientBase } from 'pg';
import type { Uuid } from '../../primitives/ids.ts';
import type { ChainTableName } from '../tables.ts';

/** How an application links its rows. */
export interface Links {
  /** The table that other rows refer to. */
  readonly target: ChainTableName;
  /** The tables whose rows refer to it. */
  readonly tables: () => readonly ChainTableName[];
  /** Sets the links of these rows of a table from the current state of the database. */
  readonly linkRows: (
    client: ClientBase,
    chainId: number,
    table: ChainTableName,
    ids: readonly Uuid[],
  ) => Promise<void>;
  /**
   * Links a bounded number of rows that wait for one of these targets. Returns the targets for which rows
   * still wait.
   */
  readonly linkWaiting: (
    client: ClientBase,
    chainId: number,
    targetIds: readonly Uuid[],
    limit?: number,
  ) => Promise<Uuid[]>;
}
