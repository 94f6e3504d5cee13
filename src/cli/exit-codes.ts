/** What a command's exit code says, everywhere. */
export const exitCodes = {
  good: 0,
  /** Something was found, or a check failed. */
  findings: 1,
  /** It could not run: wrong usage, wrong configuration, nothing to work on. */
  couldNotRun: 2,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
