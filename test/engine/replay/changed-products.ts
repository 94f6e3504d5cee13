/** Loaded before the command line, as if its code were newer: products are of the next version, and each gets another name. */
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
