/** What hangs together among the areas: which tables each one writes, and whose rows can only be right together. */
import type { ChainTableName } from '../db/ownership.ts';
import type { ProjectionSet } from './fold/fold.ts';
import type { Area } from './fold/projection.ts';

const written = {
  products: ['products', 'productStakeholders', 'checkpoints', 'traceabilityChain'],
  certificates: ['nftCertificates', 'certificateCodes', 'certificateVerifications', 'productCertifications'],
  token: ['traceTokenTransactions', 'tokenBalances', 'vestingSchedules'],
  staking: ['stakingPools', 'userStakes'],
  payments: ['paymentContracts', 'paymentMilestones', 'paymentDisputes', 'escrowTransactions'],
  rewards: ['tracePoints'],
  compliance: [
    'complianceStandardSupport',
    'complianceRules',
    'complianceCheckpoints',
    'productCertifications',
  ],
  administration: ['factoryContracts', 'systemEvents'],
} as const satisfies Readonly<Record<Area, readonly ChainTableName[]>>;

type Nothing<Name extends never> = Name;
/** A chain-derived table that is in no area is a type error here, which names it. */
export type WithoutArea = Nothing<Exclude<ChainTableName, (typeof written)[Area][number]>>;

/** The tables that an area's handlers write. A test holds it against what they do. */
export const areaTables: Readonly<Record<Area, readonly ChainTableName[]>> = written;

/** The areas whose tables an area's handlers look at without writing them. */
export const areaReads: Readonly<Partial<Record<Area, readonly Area[]>>> = { compliance: ['products'] };

export const areas: readonly Area[] = Object.keys(areaTables).filter(isArea);

export function isArea(name: string): name is Area {
  return Object.hasOwn(areaTables, name);
}

/**
 * These areas and all that depend on them: those that look at their rows, those that write the same table, and those that answer to the same events, for
 * an event takes effect in all areas or in none. In the order of `areas`.
 */
export function withDependents(chosen: Iterable<Area>, projections: ProjectionSet): Area[] {
  const found = new Set(chosen);
  for (const area of found) {
    for (const other of areas) if (dependsOn(other, area, projections)) found.add(other);
  }
  return areas.filter((area) => found.has(area));
}

function dependsOn(area: Area, other: Area, projections: ProjectionSet): boolean {
  if (areaReads[area]?.includes(other) === true) return true;
  if (areaTables[area].some((table) => areaTables[other].includes(table))) return true;
  return projections.projections.some(
    (projection) =>
      projection.area === area &&
      projection.handlers.some(({ kind, name }) =>
        projections.handlersOf(kind, name).some((answer) => answer.area === other),
      ),
  );
}

/** The tables of these areas, each once. */
export function tablesOf(chosen: Iterable<Area>): Set<ChainTableName> {
  return new Set([...chosen].flatMap((area) => areaTables[area]));
}
