/** Whether this is an error with one of these codes: a system call's (`ENOENT`), or a command's exit status. */
export function hasErrorCode(error: unknown, ...codes: readonly (string | number)[]): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return (typeof error.code === 'string' || typeof error.code === 'number') && codes.includes(error.code);
}
