/** The interactive prompt of `tracechain sql`, for a machine without psql. */
import { createInterface } from 'node:readline';
import { printNote } from '../output.ts';
import { runStatement } from './run.ts';
import type { SqlSession } from './session.ts';

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
