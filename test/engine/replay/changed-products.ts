/** Loaded before the command line, to simulate newer code: the area products has the next version and gives each product another name. */
import { allProjections } from '../../../src/tracechain/projections.ts';
import { withChangedInserts } from './variants.ts';

const changed = withChangedInserts('products', 'products', (values) => ({
  ...values,
  productName: 'Renamed',
}));
for (const [position, projection] of allProjections.projections.entries())
  Object.assign(projection, { version: changed.projections[position]?.version });
Object.assign(allProjections, {
  handlersOf: (kind: string, name: string) => changed.handlersOf(kind, name),
});
