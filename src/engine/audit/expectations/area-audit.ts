/**
 * An area's declarations for the audit: for each of its tables, the entity kinds whose contract state confirms it, or the reason why no
 * contract can; and the area's invariants over several rows. A chain-derived table without a declaration is a type error
 * (`EveryTablesAudit`).
 */
import { chainTableNames, type ChainTableName } from '../../tables.ts';
import type { Area } from '../../projection/projection.ts';
import type { EntityKind } from './entity-kind.ts';
import type { AreaInvariant } from './invariants.ts';
import type { NotAuditedTable } from '../findings/result.ts';
import { tableNameOf } from './row-values.ts';

/** The entity kinds whose expectations cover a table: at least one. */
export type TableAudit = readonly [EntityKind, ...EntityKind[]];

/** No contract keeps the table's content as state. Its rows are compared only with the fold of the ledger. */
export interface NotAudited {
  readonly reason: string;
}

/** The declaration for a table that no contract can confirm. `reason` is a clause that reports show. */
export function notInContractState(reason: string): NotAudited {
  return { reason };
}

export type EveryTablesAudit = { readonly [Table in ChainTableName]: TableAudit | NotAudited };

export type AreaTables = Partial<EveryTablesAudit>;

export interface AreaAudit {
  readonly area: Area;
  readonly tables: AreaTables;
  readonly invariants: readonly AreaInvariant[];
}

/** Preserves the declared tables in the type, so that `EveryTablesAudit` finds a missing one. */
export function areaAudit<const Tables extends AreaTables>(
  area: Area,
  { tables, invariants = [] }: { readonly tables: Tables; readonly invariants?: readonly AreaInvariant[] },
): AreaAudit & { readonly tables: Tables } {
  return { area, tables, invariants };
}

/** All tables of an area, including those that no contract can confirm. All are compared with the ledger. */
export function tablesOf({ tables }: AreaAudit): ChainTableName[] {
  return entriesOf(tables).map(([table]) => table);
}

/** The entity kinds of an area, each once. */
export function entityKindsOf({ tables }: AreaAudit): EntityKind[] {
  return [...new Set(entriesOf(tables).flatMap(([, audit]) => ('reason' in audit ? [] : audit)))];
}

/** The tables of these areas that no contract confirms. */
export function listNotAudited(areas: readonly AreaAudit[]): NotAuditedTable[] {
  return areas.flatMap(({ tables }) =>
    entriesOf(tables).flatMap(([table, audit]) =>
      'reason' in audit ? [{ table: tableNameOf(table), reason: audit.reason }] : [],
    ),
  );
}

function entriesOf(tables: AreaTables): (readonly [ChainTableName, TableAudit | NotAudited])[] {
  return chainTableNames().flatMap((name) => {
    const audit = tables[name];
    return audit === undefined ? [] : [[name, audit] as const];
  });
}
