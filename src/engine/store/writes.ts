/** What is to be written, ready to be sent: encoding it while a transaction is open would have PostgreSQL wait. */
import type { ClientBase } from 'pg';
import { pipelined } from '../../db/pipeline.ts';

/** A statement with its rows. */
export type Write = (client: ClientBase) => Promise<unknown>;

/** In this order, since later ones may count on the rows of earlier ones. */
export async function writeAll(client: ClientBase, writes: readonly Write[]): Promise<void> {
  await pipelined(
    client,
    writes.map((write) => async () => await write(client)),
  );
}
