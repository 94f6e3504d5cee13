import { createInterface } from 'node:readline/promises';
import { CannotRunError } from '../primitives/errors.ts';

/**
 * Asks the person at the terminal, unless `isAgreed` says that the command line has. Throws a CannotRunError where the answer is no, or nobody is there to
 * be asked.
 */
export async function confirm(question: string, isAgreed: boolean): Promise<void> {
  if (isAgreed) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new CannotRunError(`${question} Nobody is there to be asked.`, {
      code: 'cli/not-confirmed',
      fix: 'Add --yes.',
    });
  }
  using terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [y/N] `);
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new CannotRunError('Not confirmed: nothing was done.', { code: 'cli/not-confirmed' });
}
