/** The database's own affairs. */
import { bigint, index, jsonb, text } from 'drizzle-orm/pg-core';
import { instant, type JsonValue } from '../columns.ts';
import { ledger, now } from './schema.ts';

/** Facts about this database as a whole. */
export const ledgerSettings = ledger.table('settings', {
  key: text('key').primaryKey(),
  value: jsonb('value').$type<JsonValue>().notNull(),
});

/** Every run of a maintenance task, by whichever daemon or person. */
export const ledgerMaintenanceRuns = ledger.table(
  'maintenance_runs',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    task: text('task').notNull(),
    /** `schedule` or `command`. */
    startedBy: text('started_by').notNull(),
    startedAt: instant('started_at').notNull().default(now),
    finishedAt: instant('finished_at'),
    /** `succeeded`, `findings`, `failed` or `interrupted`; null while it runs, and after its process was killed. */
    outcome: text('outcome'),
    detail: jsonb('detail').$type<JsonValue>(),
  },
  (table) => [index('maintenance_runs_task_index').on(table.task, table.startedAt.desc().nullsFirst())],
);
