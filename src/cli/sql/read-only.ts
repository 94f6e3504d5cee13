/**
 * Keeps what a person types from changing a table, whatever settings they change. A session's default can be changed by
 * any statement, so each statement gets a read-only transaction of its own: within one, PostgreSQL takes no way back once a
 * query has run, and a statement is one query. In a transaction that the person opened, `read only` is said again after
 * each statement, since only the next one could make use of what it changed.
 *
 * What works outside transactions (dblink, pg_terminate_backend, COPY to a program or a file) is for privileges to refuse.
 */
import type { ClientBase } from 'pg';
import { firstWord } from './statements.ts';

type Session = Pick<ClientBase, 'query' | 'getTransactionStatus'>;

/** Runs the statement's work such that it changes nothing; `work` sends this one statement. */
export async function readingOnly<Result>(
  session: Session,
  statement: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const isOpening = ['begin', 'start'].includes(firstWord(statement));
  const isOurs =
    session.getTransactionStatus() !== 'T' && session.getTransactionStatus() !== 'E' && !isOpening;
  if (isOurs) await session.query('begin read only');
  try {
    const result = await work();
    if (isOurs) await end(session, 'commit');
    else if (session.getTransactionStatus() === 'T') await session.query('set transaction read only');
    return result;
  } catch (error) {
    if (isOurs) await end(session, 'rollback');
    throw error;
  }
}

/** Where the statement was itself a COMMIT or a ROLLBACK, there is nothing left to end. */
async function end(session: Session, how: 'commit' | 'rollback'): Promise<void> {
  const status = session.getTransactionStatus();
  if (status === 'T' || status === 'E') await session.query(how);
}
