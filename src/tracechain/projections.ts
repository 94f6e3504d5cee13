/**
 * The areas' projections, in the order in which they handle an event. Importing this module also registers
 * tables and contracts.
 */
import { ProjectionSet } from '../engine/projection/projection-set.ts';
import { areas, registerTraceChain } from './index.ts';

registerTraceChain();

export const allProjections = new ProjectionSet(areas.map(({ projection }) => projection));
