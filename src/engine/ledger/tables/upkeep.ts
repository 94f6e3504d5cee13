/** Settings and maintenance of the database itself. */
import { bigint, index, jsonb, text } from 'drizzle-orm/pg-core';
import { column, tableIn } from '../../../db/table.ts';
import { instant, type JsonValue } from '../../../db/columns.ts';
import { ledger, now } from './schema.ts';

export const ledgerSettings = tableIn(ledger, 'settings', 'Facts about this database as a whole.', {
  columns: {
    key: column(text('key').primaryKey(), 'The setting’s name.'),
    value: column(jsonb('value').$type<JsonValue>().notNull(), 'The setting’s value.'),
  },
});

export const ledgerMaintenanceRuns = tableIn(
  ledger,
  'maintenance_runs',
  'Every run of a maintenance task, by a daemon or a command.',
  {
    columns: {
      id: column(bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(), 'The run.'),
      task: column(text('task').notNull(), 'The task’s name.'),
      startedBy: column(text('started_by').notNull(), 'schedule or command.'),
      startedAt: column(instant('started_at').notNull().default(now), 'When it started.'),
      finishedAt: column(instant('finished_at'), 'When it ended; null while it runs.'),
      outcome: column(text('outcome'), 'succeeded, findings, failed or interrupted; null while it runs.'),
      detail: column(jsonb('detail').$type<JsonValue>(), 'The result or the error.'),
    },
  },
  (table) => [index('maintenance_runs_task_index').on(table.task, table.startedAt.desc().nullsFirst())],
);
