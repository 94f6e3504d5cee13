/** Links the rows that a batch changed, in its own transaction. */
import type { ClientBase } from 'pg';
import type { Uuid } from '../../primitives/ids.ts';
import type { BatchEffect } from '../projection/fold.ts';
import type { Links } from '../projection/links.ts';

/**
 * Links what a batch changed: its rows to their targets, then rows that waited for its new targets. Returns the targets for which rows
 * still wait: the caller sends a job in the same transaction that passes them to `linkWaiting`, or their links are lost.
 */
export async function linkBatch(
  client: ClientBase,
  chainId: number,
  { changes }: Pick<BatchEffect, 'changes'>,
  links: Links | null,
): Promise<Uuid[]> {
  if (links === null) return [];
  const linked = links.tables();
  for (const { table, inserted, updated } of changes) {
    if (!linked.includes(table)) continue;
    const ids = [...inserted, ...updated].map((row) => row['id'] as Uuid);
    await links.linkRows(client, chainId, table, ids);
  }
  const targets = changes.find(({ table }) => table === links.target)?.inserted ?? [];
  return await links.linkWaiting(
    client,
    chainId,
    targets.map((row) => row['id'] as Uuid),
  );
}
