/** The exit codes of all commands. */
export const exitCodes = {
  good: 0,
  /** There are findings, or a check failed. */
  findings: 1,
  /** The command could not run: wrong usage, wrong configuration, nothing to work on. */
  couldNotRun: 2,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
