import { DatabaseError } from 'pg';
import { printLine, printNote } from '../output.ts';
import { toJson } from '../terminal.ts';
import { formatDatabaseError, formatResult } from './show.ts';
import { toObjects } from './session.ts';
import type { SqlResult, SqlSession } from './session.ts';
import { isCopyToStdout } from './statements.ts';

export interface RunOptions {
  readonly values?: readonly string[];
  readonly show?: (result: SqlResult) => void;
}

/** Runs one statement and shows what came of it. Returns whether PostgreSQL accepted it; throws when the connection is lost. */
export async function runStatement(
  session: SqlSession,
  statement: string,
  asJson: boolean,
  options: RunOptions = {},
): Promise<boolean> {
  try {
    if (isCopyToStdout(statement)) {
      await session.copyOut(statement, process.stdout);
      return true;
    }
    const result = await session.run(statement, options.values);
    if (options.show !== undefined) options.show(result);
    else printLine(asJson ? toJson(toObjects(result)) : formatResult(result));
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
