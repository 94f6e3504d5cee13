/** The public tables as the place that a batch's rows come from. */
import type { ClientBase, Pool } from 'pg';
import { withClient } from '../../db/client.ts';
import type { RowSource } from '../projection/project.ts';
import { loadRows } from './load.ts';

/** The rows as this session sees them: in a transaction, those that it changed included. */
export function liveRows(client: ClientBase, chainId: number): RowSource {
  return { load: async (wanted) => await loadRows(client, wanted, chainId) };
}

/**
 * The rows that are committed. Loading needs no transaction: a chain has one writer, and its fence makes sure that what is loaded
 * here is what the transaction that saves the effect finds.
 */
export function committedRows(pool: Pool, chainId: number): RowSource {
  return {
    load: async (wanted) => await withClient(pool, async (client) => await loadRows(client, wanted, chainId)),
  };
}
