/** `seed --demo-data`: fills a database with generated supply chains, for developing an application or a report. */
import type { Pool } from 'pg';
import { generatedChainId } from '../devnet/dataset/dataset.ts';
import { saveDataset, type SavedDataset } from '../devnet/dataset/rows.ts';
import { CannotRunError } from '../primitives/errors.ts';
import { requireSchema } from './schema-check.ts';

export interface DemoDataOptions {
  readonly events: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onProgress: (events: number) => void;
}

/**
 * Fills a migrated database that follows no chain, then updates figures and views. Throws a
 * CannotRunError if the database has a chain already: generated rows could not be told from real ones.
 */
export async function insertDemoData(pool: Pool, options: DemoDataOptions): Promise<SavedDataset> {
  await requireSchema(pool);
  const { rows } = await pool.query<{ id: string }>('select chain_id::text as id from ledger.chains limit 1');
  const [known] = rows;
  if (known !== undefined) {
    const isGenerated = known.id === String(generatedChainId);
    throw new CannotRunError(
      isGenerated
        ? 'The database has generated data already.'
        : `The database follows chain ${known.id}: generated rows could not be told from its own.`,
      { code: 'seed/not-empty', fix: 'Use a separate database for generated data.' },
    );
  }
  const saved = await saveDataset(pool, { ...options, chainId: generatedChainId });
  for (const renewal of ['analyze_all_tables', 'update_analytics', 'refresh_materialized_views']) {
    options.signal.throwIfAborted();
    await pool.query(`select * from public.${renewal}()`);
  }
  return saved;
}
