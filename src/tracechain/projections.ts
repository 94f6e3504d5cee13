/** The areas' projections, in the order in which they handle an event; tables and contracts are registered with them. */
import { ProjectionSet } from '../engine/projection/fold.ts';
import { areas, registerTraceChain } from './index.ts';

registerTraceChain();

export const allProjections = new ProjectionSet(areas.map(({ projection }) => projection));
