/** Changed projections, to simulate a new version of the code. */
import { ProjectionSet } from '../../../src/engine/projection/projection-set.ts';
import { allProjections } from '../../../src/tracechain/projections.ts';
import type { Area, Handler } from '../../../src/engine/projection/projection.ts';
import type { Rows } from '../../../src/engine/projection/rows.ts';
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
  return {
    ...handler,
    apply: (event, rows) => handler.apply(event, changingRows(rows, table, change)),
  };
}

function changingRows(rows: Rows, table: ChainTableName, change: (values: Values) => Values | null): Rows {
  return new Proxy(rows, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property);
      if (typeof member !== 'function') return member;
      if (property !== 'insert') return member.bind(target) as unknown;
      return (name: ChainTableName, values: Values, ...rest: unknown[]) => {
        const given = name === table ? change(values) : values;
        if (given !== null) Reflect.apply(member, target, [name, given, ...rest]);
      };
    },
  });
}
