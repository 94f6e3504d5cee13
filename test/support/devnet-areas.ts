/** What the devnet covers: an area whose contracts it does not have is covered by that area's own tests. */
import { abis } from '../../src/devnet/activity/contracts.ts';
import type { ChainTableName } from '../../src/engine/tables.ts';
import { type AreaModule, areaModules } from '../../src/tracechain/index.ts';
import { allProjections } from '../../src/tracechain/projections.ts';

/** The areas that handle an event of some contract of the devnet. */
export const devnetAreas: readonly AreaModule[] = areaModules.filter(({ projection }) =>
  projection.handlers.some(({ kind }) => kind in abis),
);

/** The chain-derived tables of those areas. */
export const devnetTables: ReadonlySet<ChainTableName> = allProjections.tablesOf(
  devnetAreas.map(({ name }) => name),
);
