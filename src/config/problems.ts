/** The problems of a configuration, reported together. */
import { CannotRunError } from '../primitives/errors.ts';

export interface ConfigurationProblem {
  /** `chain.rpcUrls`, `contracts[2].address`. */
  readonly key: string;
  /** The value with secrets masked. Undefined if no single value is at fault. */
  readonly value?: string;
  /** The file or the variable that it comes from. */
  readonly source?: string;
  /** What is wrong. */
  readonly message: string;
  readonly fix: string;
}

/** The configuration can't be used; exit code 2. */
export class ConfigurationError extends CannotRunError {
  readonly problems: readonly ConfigurationProblem[];

  constructor(problems: readonly ConfigurationProblem[]) {
    super(describeAll(problems), { code: 'configuration/invalid' });
    this.problems = problems;
  }
}

/** Formats a problem in one line: key, value, source, message, fix. */
export function describeProblem(problem: ConfigurationProblem): string {
  const value = problem.value === undefined ? '' : ` is ${problem.value}`;
  const source = problem.source === undefined ? '' : ` (from ${problem.source})`;
  return `${problem.key}${value}${source}: ${problem.message}. ${problem.fix}`;
}

function describeAll(problems: readonly ConfigurationProblem[]): string {
  const lines = problems.map(describeProblem);
  if (lines.length === 1) return `The configuration can’t be used: ${lines.join('')}`;
  return `The configuration can’t be used, for ${lines.length} reasons:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
