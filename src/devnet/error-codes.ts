/** Whether the error has one of these codes: the code of a system call (`ENOENT`), or the exit status of a command. */
export function hasErrorCode(error: unknown, ...codes: readonly (string | number)[]): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return (typeof error.code === 'string' || typeof error.code === 'number') && codes.includes(error.code);
}
