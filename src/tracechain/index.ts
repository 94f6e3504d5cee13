/**
 * TraceChain V2 as the input of the engine: a list of areas. The schema, the contract kinds, the projections,
 * the audits and the engine's types are derived from the list.
 *
 * An area is a module, not an object that a function returns, so that TypeScript resolves each of its exports
 * separately. The engine's types need the areas' tables, and the areas' audits need the engine's types; in
 * one object that would be a cycle.
 */
import type { AreaAudit } from '../engine/audit/expectations/area-audit.ts';
import { registerContracts, type ContractKind, type KindDefinition } from '../engine/contract/kind.ts';
import type { Area, Projection } from '../engine/projection/projection.ts';
import { registerTables } from '../engine/tables.ts';
import { InvariantError } from '../primitives/errors.ts';
import * as administration from './administration/index.ts';
import * as certificates from './certificates/index.ts';
import * as compliance from './compliance/index.ts';
import * as payments from './payments/index.ts';
import * as products from './products/index.ts';
import * as rewards from './rewards/index.ts';
import * as shared from './shared/tables.ts';
import * as staking from './staking/index.ts';
import tableIds from './table-ids.lock.json' with { type: 'json' };
import * as token from './token/index.ts';

/** In the order in which they handle an event. */
export const areas = [
  products,
  certificates,
  token,
  staking,
  payments,
  rewards,
  compliance,
  administration,
] as const;

/** The exports of an area's module, `<area>/index.ts`. */
export interface AreaModule {
  /** The name of its folder. */
  readonly name: Area;
  /** Tables, enums and views, each with a name that is unique among the areas. */
  readonly tables: Readonly<Record<string, unknown>>;
  /** By the names that the configuration uses. Empty if the area handles only other areas' contracts. */
  readonly contracts: Readonly<Record<string, KindDefinition>>;
  readonly projection: Projection;
  readonly audit: AreaAudit;
}

/** A module that lacks a part of an area is a type error here. */
export const areaModules: readonly AreaModule[] = areas;

type AreaOf = (typeof areas)[number];

/** The intersection of all members of a union. */
type Merged<Union> = (Union extends unknown ? (part: Union) => void : never) extends (
  merged: infer All,
) => void
  ? All
  : never;

declare module '../engine/register.ts' {
  interface Register {
    // oxlint-disable-next-line typescript/no-unnecessary-template-expression -- a constant's own type widens to string when inferred
    area: `${AreaOf['name']}`;
    tables: typeof shared & Merged<AreaOf['tables']>;
    contracts: Merged<AreaOf['contracts']>;
  }
}

/**
 * Returns the entries of all parts, by name. Throws an InvariantError if two parts use the same name for
 * different values.
 */
export function merged<Part extends object>(parts: readonly Part[]): Merged<Part> {
  const all = new Map<string, unknown>();
  for (const [name, value] of parts.flatMap((part) => Object.entries(part))) {
    if (all.has(name) && all.get(name) !== value)
      throw new InvariantError(`two areas export ${name}`, { fix: 'Give one of the two another name.' });
    all.set(name, value);
  }
  // Sorted by name, as the exports of a single module would be.
  return Object.fromEntries([...all].toSorted(([a], [b]) => (a < b ? -1 : 1))) as Merged<Part>;
}

/** All tables, enums and views by their exported names. */
export const schema = merged([shared, ...areas.map(({ tables }) => tables)]);

/**
 * All kinds of contracts that can be indexed, by the names that the configuration uses. A name of
 * `contract-kinds.ts` that no area defines is a type error here.
 */
export const kinds = merged(areas.map(({ contracts }) => contracts)) satisfies Record<
  ContractKind,
  KindDefinition
>;

let isRegistered = false;

/**
 * Registers the tables and contracts with the engine. Must be called before the engine is used; idempotent.
 */
export function registerTraceChain(): void {
  if (isRegistered) return;
  isRegistered = true;
  registerTables(schema, tableIds);
  registerContracts(kinds);
}

export { tableIds };
