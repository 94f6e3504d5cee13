import type { BackupSettings } from './backup.ts';
import type { HealthSettings } from './health.ts';
import type { PartitionRetention } from './partitions.ts';
import type { MaintenanceTaskName } from './tasks.ts';

export interface MaintenanceSettings extends PartitionRetention, BackupSettings, HealthSettings {
  /** When each task runs: five cron fields, in UTC. Null: not scheduled. */
  readonly schedules: Readonly<Record<MaintenanceTaskName, string | null>>;
  /** A table with more dead rows than this, of all its rows, is vacuumed. */
  readonly deadRowsPercent: number;
  /** An index of which more than this is empty is rebuilt. */
  readonly indexBloatPercent: number;
}
