/** Checks, before a command relies on it, that the database's schema is that of this code. */
import type { ClientBase, Pool } from 'pg';
import { findPending } from '../db/migrations/history.ts';
import { CannotRunError } from '../primitives/errors.ts';
import { printNote } from './output.ts';

type Session = ClientBase | Pool;

/** For commands that write. Throws a CannotRunError if the schema is missing, or is not that of this code. */
export async function requireSchema(session: Session): Promise<void> {
  const difference = await differenceOf(session);
  if (difference !== null) throw difference;
}

/**
 * For commands that only read: most of an older or newer schema can be read, so a note on standard error is enough.
 * Throws a CannotRunError if there is no schema.
 */
export async function requireReadableSchema(session: Session): Promise<void> {
  const difference = await differenceOf(session);
  if (difference === null) return;
  if (difference.code === 'cli/no-schema') throw difference;
  printNote(`tracechain: ${difference.message}: the output may be incomplete. ${difference.fix ?? ''}`);
}

async function differenceOf(session: Session): Promise<CannotRunError | null> {
  const { rows } = await session.query<{ name: string | null }>(
    `select to_regclass('ledger.chains')::text as name`,
  );
  if (rows[0]?.name === null) {
    return new CannotRunError('The database does not have the schema yet.', {
      code: 'cli/no-schema',
      fix: 'Run npx tracechain migrate, or start the daemon, which does.',
    });
  }
  try {
    const pending = await findPending(session);
    if (pending.length === 0) return null;
    const count = pending.length === 1 ? '1 migration' : `${pending.length} migrations`;
    return new CannotRunError(`the database’s schema is older than the code: ${count} pending`, {
      code: 'cli/schema-older',
      fix: 'Run npx tracechain migrate, or start the daemon, which does.',
    });
  } catch (error) {
    if (error instanceof CannotRunError) return error;
    throw error;
  }
}
