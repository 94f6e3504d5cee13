/** Converts errors for their way from the leader to the command line. Code, message, place and fix are preserved. */
import type { CommandFailure } from '../command-records.ts';
import { CannotRunError, TraceChainError } from '../../../primitives/errors.ts';

/** Converts an error to the form stored in the command's row. */
export function failureOf(error: unknown): CommandFailure {
  if (!(error instanceof TraceChainError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: codeOf(error), message, fix: null, place: {}, couldNotRun: false };
  }
  const place = Object.entries(error.place).filter(
    (entry): entry is [string, string | number] => entry[1] !== undefined,
  );
  return {
    code: error.code,
    message: error.message,
    fix: error.fix ?? null,
    place: Object.fromEntries(place),
    couldNotRun: error instanceof CannotRunError,
  };
}

/** Recreates the leader's error in this process. */
export function errorOf({ code, message, fix, place, couldNotRun }: CommandFailure): TraceChainError {
  const options = { code, place, ...(fix === null ? {} : { fix }) };
  return couldNotRun ? new CannotRunError(message, options) : new TraceChainError(message, options);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'unexpected';
}
