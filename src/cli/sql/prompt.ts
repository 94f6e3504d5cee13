/** The interactive prompt of `tracechain sql`. */
import { appendFile, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Interface } from 'node:readline';
import { printLine, printNote } from '../output.ts';
import { describeTable, listTables, promptHelp } from './describe.ts';
import type { DescribeQuery } from './describe.ts';
import { runStatement } from './run.ts';
import { formatResult } from './show.ts';
import type { SqlSession } from './session.ts';
import { isBlank, splitStatements } from './statements.ts';

const historyLines = 500;

export interface PromptOptions {
  readonly session: SqlSession;
  /** Kept between prompts; null keeps nothing. */
  readonly historyFile: string | null;
  readonly asJson: boolean;
}

/** Reads and runs statements until the person leaves. */
export async function runPrompt({ session, historyFile, asJson }: PromptOptions): Promise<void> {
  const history = historyFile === null ? [] : await readHistory(historyFile);
  const prompt = createInterface({
    input: process.stdin,
    output: process.stdout,
    terminal: true,
    history: [...history],
    historySize: historyLines,
    removeHistoryDuplicates: true,
  });
  let typed = '';
  let isRunning = false;
  prompt.on('SIGINT', () => {
    // Whether it could be broken off shows by the statement's own end.
    if (isRunning) session.cancel().catch((error: unknown) => printNote(String(error)));
    else {
      typed = '';
      process.stdout.write('\n');
      ask(prompt, typed);
    }
  });
  ask(prompt, typed);
  for await (const line of prompt) {
    if (historyFile !== null && line.trim() !== '') await keepLine(historyFile, line);
    if (isBlank(typed) && /^\s*(?:\\|exit$|quit$)/.test(line)) {
      if (isLeaving(line)) break;
      await runCommand(session, line.trim());
    } else {
      const { rest, statements } = splitStatements(`${typed}${line}\n`);
      typed = isBlank(rest) ? '' : rest;
      isRunning = true;
      for (const statement of statements) {
        if (!(await runStatement(session, statement, asJson))) break;
      }
      isRunning = false;
    }
    ask(prompt, typed);
  }
  prompt.close();
}

function ask(prompt: Interface, typed: string): void {
  prompt.setPrompt(typed === '' ? 'tracechain=> ' : 'tracechain-> ');
  prompt.prompt();
}

function isLeaving(line: string): boolean {
  return ['\\q', '\\quit', 'exit', 'quit'].includes(line.trim());
}

async function runCommand(session: SqlSession, line: string): Promise<void> {
  const [command = '', name = ''] = line.replace(/;$/, '').split(/\s+/);
  if (command === '\\?' || command === '\\h') printLine(promptHelp);
  else if (command === '\\dt' || (command === '\\d' && name === '')) await show(session, [listTables()]);
  else if (command === '\\d') await show(session, describeTable(name));
  else printNote(`${command} isn't a command here; \\? shows which are.`);
}

async function show(session: SqlSession, queries: readonly DescribeQuery[]): Promise<void> {
  for (const [index, { sql, title, values }] of queries.entries()) {
    const result = await runStatement(session, sql, false, {
      values,
      show: (answer) => {
        if (index > 0 && answer.rows.length === 0) return;
        printLine(`${index > 0 ? '\n' : ''}${title}`);
        printLine(formatResult(answer));
      },
    });
    if (!result) return;
  }
}

/** Newest first, as readline wants it. */
async function readHistory(file: string): Promise<string[]> {
  try {
    const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
    return lines.slice(-historyLines).toReversed();
  } catch {
    // A prompt without its history is still a prompt: most often the file isn't there yet.
    return [];
  }
}

async function keepLine(file: string, line: string): Promise<void> {
  try {
    await appendFile(file, `${line}\n`, { mode: 0o600 });
  } catch {
    // The folder isn't there or isn't ours; the prompt works without.
  }
}
