/**
 * What an area declares to the audit: for each of its tables, which entities of contracts it is confirmed by, or why no contract can
 * confirm it; and the laws that no single row shows. A chain-derived table for which nothing is declared is a type error (`EveryTablesAudit`).
 */
import { chainTableNames, type ChainTableName } from '../../tables.ts';
import type { Area } from '../../projection/projection.ts';
import type { EntityKind } from './entity-kind.ts';
import type { AreaInvariant } from './invariants.ts';
import type { NotAuditedTable } from '../findings/result.ts';
import { tableNameOf } from './row-values.ts';

/** The entities whose claims cover a table: at least one. */
export type TableAudit = readonly [EntityKind, ...EntityKind[]];

/** The table holds what no contract keeps as state. Its rows are compared with the fold of the ledger alone. */
export interface NotAudited {
  readonly reason: string;
}

/** For a table that no contract can confirm. `reason` is a sentence's part for the reader of a report. */
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

/** Keeps which tables are declared in the type, by which `EveryTablesAudit` finds the missing one. */
export function areaAudit<const Tables extends AreaTables>(
  area: Area,
  { tables, invariants = [] }: { readonly tables: Tables; readonly invariants?: readonly AreaInvariant[] },
): AreaAudit & { readonly tables: Tables } {
  return { area, tables, invariants };
}

/** The tables of an area, those that no contract can confirm among them: all are compared with the ledger. */
export function tablesOf({ tables }: AreaAudit): ChainTableName[] {
  return entriesOf(tables).map(([table]) => table);
}

/** The entities of an area, each once. */
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
