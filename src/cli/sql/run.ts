import { DatabaseError } from 'pg';
import { printLine, printNote } from '../output.ts';
import { toJson } from '../terminal.ts';
import { formatDatabaseError, formatResult } from './show.ts';
import { toObjects, type SqlSession } from './session.ts';
import { createInterface } from 'node:readline';

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

/**
 * Reads statements from the terminal and runs them until Ctrl-D or `\q`. A line that ends with a semicolon ends the statement: a
 * statement with such a line inside is for the argument or for standard input.
 */
export async function runPrompt(session: SqlSession, asJson: boolean): Promise<void> {
  const prompt = createInterface({ input: process.stdin, output: process.stdout, terminal: true });
  let typed = '';
  let isRunning = false;
  prompt.on('SIGINT', () => {
    if (!isRunning) prompt.close();
    // Whether it could be cancelled shows by the statement's own end.
    else session.cancel().catch((error: unknown) => printNote(String(error)));
  });
  prompt.setPrompt('tracechain=> ');
  prompt.prompt();
  for await (const line of prompt) {
    if (typed === '' && line.trim() === '\\q') break;
    typed = typed === '' && line.trim() === '' ? '' : `${typed}${line}\n`;
    if (line.trimEnd().endsWith(';')) {
      isRunning = true;
      await runStatement(session, typed, asJson);
      isRunning = false;
      typed = '';
    }
    prompt.setPrompt(typed === '' ? 'tracechain=> ' : 'tracechain-> ');
    prompt.prompt();
  }
  prompt.close();
}
