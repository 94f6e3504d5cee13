/** TraceChain V2, as the engine is given it: how its rows are made, and what its contracts say about them. */
import { allAreas } from './audits.ts';
import type { AuditSubject } from '../engine/audit/subject.ts';
import { allProjections } from './projections.ts';

export const tracechain: AuditSubject = { projections: allProjections, audits: allAreas };
