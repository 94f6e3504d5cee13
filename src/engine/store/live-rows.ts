/** The public tables as a source of rows for a batch. */
import type { ClientBase, Pool } from 'pg';
import { withClient } from '../../db/client.ts';
import type { RowSource } from '../projection/project.ts';
import { loadRows } from './load.ts';

/** The rows that this session sees, including its own uncommitted changes. */
export function liveRows(client: ClientBase, chainId: number): RowSource {
  return { load: async (requested) => await loadRows(client, requested, chainId) };
}

/**
 * The committed rows. Loading needs no transaction: a chain has one writer, and the fence guarantees that the transaction that saves the
 * effect finds the same rows.
 */
export function committedRows(pool: Pool, chainId: number): RowSource {
  return {
    load: async (requested) =>
      await withClient(pool, async (client) => await loadRows(client, requested, chainId)),
  };
}
