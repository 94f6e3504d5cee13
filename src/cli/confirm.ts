import { createInterface } from 'node:readline/promises';
import { CannotRunError } from '../primitives/errors.ts';

/**
 * Asks for confirmation at the terminal, unless `isAgreed` (`--yes` was given). Throws a CannotRunError if the answer is no, or if there is
 * no terminal.
 */
export async function confirm(question: string, isAgreed: boolean): Promise<void> {
  if (isAgreed) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new CannotRunError(`${question} There is no terminal to ask at.`, {
      code: 'cli/not-confirmed',
      fix: 'Add --yes.',
    });
  }
  using terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [y/N] `);
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new CannotRunError('Not confirmed: nothing was changed.', { code: 'cli/not-confirmed' });
}
