/** Computes totals over the rows per contract, as of the audited block. Each invariant defines its computation. */
import type { ClientBase } from 'pg';
import type { ChainTableName } from '../../tables.ts';
import type { Address } from '../../../primitives/hex.ts';
import { asOfRelation } from '../../store/as-of.ts';
import { storedTable } from '../../store/stored-table.ts';
import type { AreaInvariant } from './invariants.ts';
import type { StoredAt } from '../rows/stored-rows.ts';

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
