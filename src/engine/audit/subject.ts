/** What an application gives to the audit: how its rows are made, and what its contracts say about them. */
import type { ProjectionSet } from '../projection/fold.ts';
import type { AreaAudit } from './expectations/area-audit.ts';

export interface AuditSubject {
  readonly projections: ProjectionSet;
  /** One per area, in the order of the report. */
  readonly audits: readonly AreaAudit[];
}
