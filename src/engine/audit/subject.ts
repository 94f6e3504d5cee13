/** The application's part of an audit: its projections and its expectations of contracts. */
import type { ProjectionSet } from '../projection/fold.ts';
import type { AreaAudit } from './expectations/area-audit.ts';

export interface AuditSubject {
  readonly projections: ProjectionSet;
  /** One per area, in the order of the report. */
  readonly audits: readonly AreaAudit[];
}
