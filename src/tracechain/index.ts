/** TraceChain V2, as the engine is given it: how its rows are made, and what its contracts say about them. */
import { allAreas } from '../audit/areas/all.ts';
import type { AuditSubject } from '../audit/subject.ts';
import { allProjections } from '../projections/all.ts';

export const tracechain: AuditSubject = { projections: allProjections, audits: allAreas };
