import { DatabaseError } from 'pg';
import { printLine, printNote } from '../output.ts';
import { toJson } from '../terminal.ts';
import { formatDatabaseError, formatResult } from './show.ts';
import { toObjects } from './session.ts';
import type { SqlSession } from './session.ts';

/**
 * Runs one statement and shows its result; shows nothing if the statement is empty or has copied its data to standard output. Returns
 * whether PostgreSQL accepted it; throws an error if the connection is lost.
 */
export async function runStatement(
  session: SqlSession,
  statement: string,
  asJson: boolean,
): Promise<boolean> {
  try {
    const result = await session.run(statement);
    const isSilent = result.columns.length === 0 && ['', 'COPY'].includes(result.command);
    if (!isSilent) printLine(asJson ? toJson(toObjects(result)) : formatResult(result));
    return true;
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    if (asJson) printNote(toJson({ error: describe(error) }));
    else printNote(formatDatabaseError(error, statement));
    // Class 57P: the server ended the session; every later statement would fail with it.
    if (error.code?.startsWith('57P') === true) throw error;
    return false;
  }
}

function describe({ code, detail, hint, message, position }: DatabaseError) {
  return { code, message, detail: detail ?? null, hint: hint ?? null, position: position ?? null };
}
