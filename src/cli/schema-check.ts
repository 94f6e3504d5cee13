import type { ClientBase, Pool } from 'pg';
import { CannotRunError } from '../primitives/errors.ts';

/** Throws a CannotRunError where the database hasn't been migrated yet: its tables aren't there to be read. */
export async function requireSchema(client: ClientBase | Pool): Promise<void> {
  const { rows } = await client.query<{ name: string | null }>(
    `select to_regclass('ledger.chains')::text as name`,
  );
  if (rows[0]?.name !== null) return;
  throw new CannotRunError('The database doesn’t have the schema yet.', {
    code: 'cli/no-schema',
    fix: 'Run npx tracechain migrate, or start the daemon, which does.',
  });
}
