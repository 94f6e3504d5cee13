/** Whether the database's schema is this code's, asked before a command relies on it. */
import type { ClientBase, Pool } from 'pg';
import { findPending } from '../db/migrations/history.ts';
import { CannotRunError } from '../primitives/errors.ts';
import { printNote } from './output.ts';

type Session = ClientBase | Pool;

/** For commands that write. Throws a CannotRunError where the schema isn't there, or isn't this code's. */
export async function requireSchema(session: Session): Promise<void> {
  const difference = await differenceOf(session);
  if (difference !== null) throw difference;
}

/**
 * For commands that only read: most of a schema that is older or newer still can be read, so a note on standard error will do.
 * Throws a CannotRunError where there is none at all.
 */
export async function requireReadableSchema(session: Session): Promise<void> {
  const difference = await differenceOf(session);
  if (difference === null) return;
  if (difference.code === 'cli/no-schema') throw difference;
  printNote(`tracechain: ${difference.message}: what is shown may be incomplete. ${difference.fix ?? ''}`);
}

async function differenceOf(session: Session): Promise<CannotRunError | null> {
  const { rows } = await session.query<{ name: string | null }>(
    `select to_regclass('ledger.chains')::text as name`,
  );
  if (rows[0]?.name === null) {
    return new CannotRunError('The database doesn’t have the schema yet.', {
      code: 'cli/no-schema',
      fix: 'Run npx tracechain migrate, or start the daemon, which does.',
    });
  }
  try {
    const pending = await findPending(session);
    if (pending.length === 0) return null;
    const count = pending.length === 1 ? 'one migration' : `${pending.length} migrations`;
    return new CannotRunError(`the database’s schema is older than the code: ${count} to go`, {
      code: 'cli/schema-older',
      fix: 'Run npx tracechain migrate, or start the daemon, which does.',
    });
  } catch (error) {
    if (error instanceof CannotRunError) return error;
    throw error;
  }
}
