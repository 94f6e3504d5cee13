/** Encoded writes. Encoding happens before the transaction, so that PostgreSQL does not wait for it. */
import type { ClientBase } from 'pg';
import { pipelined } from '../../db/pipeline.ts';

/** A statement with its rows. */
export type Write = (client: ClientBase) => Promise<unknown>;

/** Executes the writes in order, because later ones may depend on rows of earlier ones. */
export async function writeAll(client: ClientBase, writes: readonly Write[]): Promise<void> {
  await pipelined(
    client,
    writes.map((write) => async () => await write(client)),
  );
}
