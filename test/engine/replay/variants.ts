/** Changed projections, to simulate a new version of the code. */
import { ProjectionSet } from '../../../src/engine/projection/projection-set.ts';
import { allProjections } from '../../../src/tracechain/projections.ts';
import type { Area, Handler } from '../../../src/engine/projection/projection.ts';
import { wrapHandler } from '../../support/wrapped-handler.ts';
import type { ChainTableName } from '../../../src/engine/tables.ts';

type Values = Readonly<Record<string, unknown>>;

/** All projections, with the next version for one area, which makes different rows of a table. `null` makes no rows. */
export function withChangedInserts(
  area: Area,
  table: ChainTableName,
  change: (values: Values) => Values | null,
): ProjectionSet {
  return new ProjectionSet(
    allProjections.projections.map((projection) =>
      projection.area === area
        ? {
            ...projection,
            version: projection.version + 1,
            handlers: projection.handlers.map((handler) => changed(handler, table, change)),
          }
        : projection,
    ),
  );
}

function changed(
  handler: Handler,
  table: ChainTableName,
  change: (values: Values) => Values | null,
): Handler {
  return wrapHandler(handler, {
    insert: (name, values) => (name === table ? change(values) : values),
  });
}
