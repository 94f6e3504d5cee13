/** Rows as the oracle expects them: values as text that PostgreSQL's answers can be held against, keyed by business keys. */
import { formatUnits, zeroAddress } from 'viem';
import type { HistoryEvent } from './history.ts';

export type Value = string | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/** By the columns' names in the database. */
export type ExpectedRow = Readonly<Record<string, Value>>;

/** By the tables' names in the database. */
export type ExpectedTables = Readonly<Record<string, readonly ExpectedRow[]>>;

/** As a part of a key. */
export function keyText(value: Value | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

export type AnyEvent = Pick<HistoryEvent, 'address' | 'block' | 'transaction' | 'logIndex'>;

/** Any uint256, count or number of seconds. */
export function number(value: bigint | number): string {
  return value.toString();
}

/** An amount of TRACE: exact tokens. */
export function tokens(wei: bigint): string {
  return formatUnits(wei, 18);
}

/** A contract's word for "no time" is 0. */
export function time(seconds: bigint): string | null {
  return seconds === 0n ? null : seconds.toString();
}

/** A reference to another row, by that row's business key. */
export function reference(table: string, ...key: readonly (string | bigint)[]): string {
  return `${table}(${key.join(', ')})`;
}

/** The zero address is nobody. */
export function user(wallet: string): string | null {
  const address = wallet.toLowerCase();
  return address === zeroAddress ? null : reference('users', address);
}

/** Where a row comes from: the log that made it, and the last of the further ones that concern it. */
export function provenance(chainId: number, made: AnyEvent, changes: readonly AnyEvent[] = []): ExpectedRow {
  const changed = changes.at(-1);
  return {
    chain_id: number(chainId),
    smart_contract_address: made.address,
    block_number: number(made.block.number),
    block_hash: made.block.hash,
    transaction_hash: made.transaction.hash,
    log_index: number(made.logIndex),
    changed_block_number: changed === undefined ? null : number(changed.block.number),
    changed_block_hash: changed?.block.hash ?? null,
    changed_transaction_hash: changed?.transaction.hash ?? null,
    changed_log_index: changed === undefined ? null : number(changed.logIndex),
    // What the driven contracts say can all be shown.
    inexact_columns: null,
  };
}

/** Groups in the order of first appearance. */
export function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
