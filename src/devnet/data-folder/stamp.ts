/**
 * Checks whether the devnet's state and the database belong together.
 *
 * The database has the blocks of one devnet. If that devnet is lost or reset to an earlier state, the daemon would see a
 * reorg past finality. So both parts have the same stamp, which says whether they were last stopped together, that is, whether
 * the devnet wrote its state after the last block that the database has.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isThere, readJsonIfThere, replaceFile } from './files.ts';
import { type DataFolder, freshStart } from './folder.ts';
import { preparePostgresPlace } from '../postgres/postgres-place.ts';
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';

const stampSchema = z.object({
  /** The same from one fresh start to the next. */
  generation: z.string(),
  /** False while they run. */
  stoppedTogether: z.boolean(),
});

export type Stamp = Readonly<z.infer<typeof stampSchema>>;

/** The two folders with a stamp, and the file that exists after the first start of each part. */
export interface StampParts {
  readonly postgresFolder: string;
  readonly clusterFolder: string;
  readonly devnetFolder: string;
  readonly devnetStateFile: string;
}

/** Locates the actual folders of the parts of this data folder. */
export async function locateStamp(data: DataFolder): Promise<StampParts> {
  const { dataFolder, clusterFolder } = await preparePostgresPlace(data.postgresFolder);
  const { devnetFolder, devnetStateFile } = data;
  return { postgresFolder: dataFolder, clusterFolder, devnetFolder, devnetStateFile };
}

export type StampState =
  /** No data exists: the first start. */
  | { readonly kind: 'absent' }
  /** Both continue from their last stop. */
  | { readonly kind: 'together'; readonly generation: string }
  /** They can't be used together; the reason is a clause for a person. */
  | { readonly kind: 'apart'; readonly reason: string };

/** Reads the stamps. Call it before either part is started, while holding the folder's lock. */
export async function readStampedParts(parts: StampParts): Promise<StampState> {
  const [hasDatabase, hasDevnet] = [await isThere(parts.clusterFolder), await isThere(parts.devnetStateFile)];
  const [database, devnet] = [await readStamp(parts.postgresFolder), await readStamp(parts.devnetFolder)];
  if (!hasDatabase && !hasDevnet && database === undefined && devnet === undefined) return { kind: 'absent' };
  if (!hasDatabase) return { kind: 'apart', reason: 'the database of this devnet is gone' };
  if (!hasDevnet) return { kind: 'apart', reason: 'the devnet that this database followed is gone' };
  if (database === undefined || devnet === undefined || database.generation !== devnet.generation) {
    return { kind: 'apart', reason: 'the database followed another devnet' };
  }
  if (!database.stoppedTogether || !devnet.stoppedTogether) {
    return {
      kind: 'apart',
      reason: 'the last run was killed before the devnet and the database could stop together',
    };
  }
  return { kind: 'together', generation: database.generation };
}

/** Stamps both parts: `stoppedTogether: false` before they start, true when both have stopped in order. */
export async function recordStampedParts(parts: StampParts, stamp: Stamp): Promise<void> {
  for (const folder of [parts.postgresFolder, parts.devnetFolder]) await recordStamp(folder, stamp);
}

export async function readStamp(folder: string): Promise<Stamp | undefined> {
  return stampSchema.safeParse(await readJsonIfThere(stampFile(folder))).data;
}

export async function recordStamp(folder: string, stamp: Stamp): Promise<void> {
  await mkdir(folder, { recursive: true });
  await replaceFile(stampFile(folder), `${JSON.stringify(stamp)}\n`);
}

function stampFile(folder: string): string {
  return join(folder, 'stamp.json');
}

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
