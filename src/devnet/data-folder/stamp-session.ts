/** One run of database and devnet: both start with empty data if they don't belong together, and are stamped when the run ends. */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { freshStart } from './folder.ts';
import type { DataFolder } from './folder.ts';
import { locateStamp, readStampedParts, recordStampedParts } from './stamp.ts';

export interface StampSession {
  /** Call after both have stopped, and only if the database knows every block that the devnet has. */
  recordStoppedTogether(): Promise<void>;
}

/** Prepares both parts for the start; logs a warning if their data is deleted for that. The caller holds the folder's lock. */
export async function beginStampSession(
  data: DataFolder,
  options: { readonly fresh: boolean; readonly logger: Logger },
): Promise<StampSession> {
  const { fresh, logger } = options;
  let parts = await locateStamp(data);
  const state = await readStampedParts(parts);
  const isUsable = state.kind === 'together' && !fresh;
  if (!isUsable && state.kind !== 'absent') {
    const reason = state.kind === 'apart' && !fresh ? state.reason : 'requested';
    logger.warn({ reason }, 'the devnet and its database start with empty data');
    await freshStart(data, logger);
    parts = await locateStamp(data);
  }
  const generation = state.kind === 'together' && isUsable ? state.generation : randomUUID();
  await recordStampedParts(parts, { generation, stoppedTogether: false });
  return { recordStoppedTogether: () => recordStampedParts(parts, { generation, stoppedTogether: true }) };
}
