/** The areas' audits. Together with the projections, they are all that an audit of TraceChain needs. */
import type { AreaAudit, EveryTablesAudit } from '../engine/audit/expectations/area-audit.ts';
import type { AuditSubject } from '../engine/audit/context.ts';
import { areas, merged } from './index.ts';
import { allProjections } from './projections.ts';

export const allAreas: readonly AreaAudit[] = areas.map(({ audit }) => audit);

/** A chain-derived table that is in no area’s audit is a type error here. */
export const tableAudits: EveryTablesAudit = merged(areas.map(({ audit }) => audit.tables));

export const tracechain: AuditSubject = { projections: allProjections, audits: allAreas };
