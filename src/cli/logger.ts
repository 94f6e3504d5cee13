/** The program's log: fixed messages with fields, as JSON or as lines on a terminal, without secrets. */
import { Writable } from 'node:stream';
import { pino, stdSerializers } from 'pino';
import type { Logger, LoggerOptions } from 'pino';
import { PinoPretty } from 'pino-pretty';
import type { LogSettings } from '../config/index.ts';
import { createRedactor, redactJson } from '../config/secrets.ts';
import type { SecretUrls } from '../config/secrets.ts';
import { InvariantError, TraceChainError } from '../primitives/errors.ts';
import { harmless, harmlessJson } from './terminal.ts';

export interface LogTarget {
  readonly isTTY?: boolean;
  /** Calls `done` when the text is written, with the error if it could not be. */
  write(text: string, done: (error?: Error | null) => void): unknown;
}

/**
 * Makes the logger that the commands pass down. It writes to standard error, so that standard output contains only the command's
 * result. It masks the secrets of these URLs in every line. Lines that can't be written are lost; their number is logged once lines can be
 * written again.
 */
export function createLogger(
  settings: LogSettings,
  secrets: SecretUrls,
  target: LogTarget = process.stderr,
): Logger {
  const redact = createRedactor(secrets);
  const isTerminal = target.isTTY === true;
  const isPretty = settings.pretty ?? isTerminal;
  const options: LoggerOptions = {
    level: settings.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: serializeError, error: serializeError },
    redact: { paths: secretPaths, censor: '***' },
    hooks: {
      streamWrite: (line) => {
        const redacted = redactJson(line, redact);
        return isPretty ? redacted : harmlessJson(redacted);
      },
    },
  };
  const write = countingLosses(target, (lines) => logger.warn({ lines }, 'log lines could not be written'));
  const logger = pino(options, isPretty ? prettyLines(isTerminal, write) : { write });
  return logger;
}

function prettyLines(isTerminal: boolean, write: (line: string) => void) {
  return PinoPretty({
    colorize: isTerminal,
    sync: true,
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss',
    destination: harmlessWriter(write),
  });
}

/** Writes to the target, and reports the number of lines that were lost after a write has succeeded again. */
function countingLosses(target: LogTarget, report: (lines: number) => void): (line: string) => void {
  let lost = 0;
  return (line) => {
    target.write(line, (error) => {
      if (error !== null && error !== undefined) {
        lost += 1;
        return;
      }
      if (lost === 0) return;
      const lines = lost;
      lost = 0;
      report(lines);
    });
  };
}

/** Fields that may contain a secret, whatever their value; known URLs are masked everywhere. */
const secretPaths = ['password', 'privateKey', 'mnemonic', '*.password', '*.privateKey', '*.mnemonic'];

/**
 * Serializes a TraceChainError with its code, place and fix, and its causes likewise. The stack is included only if the code may be at
 * fault: it does not help if a node or a server is unreachable.
 */
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (!(error instanceof TraceChainError)) {
    // The database driver attaches the connection to its errors: kilobytes of data, including the cancellation key.
    const { client: _, ...told } = { client: undefined, ...stdSerializers.errWithCause(error) };
    return told;
  }
  const { name, message, code, place, fix, stack, cause } = error;
  return {
    type: name,
    message,
    code,
    ...place,
    ...(fix === undefined ? {} : { fix }),
    ...(error instanceof InvariantError ? { stack } : {}),
    ...(cause === undefined ? {} : { cause: serializeCause(cause) }),
  };
}

/** The message and the code of an error of ours. */
function serializeCause(cause: unknown): unknown {
  if (!(cause instanceof Error) || cause instanceof TraceChainError) return serializeError(cause);
  const code = 'code' in cause ? { code: cause.code } : {};
  return { type: cause.name, message: cause.message, ...code };
}

function harmlessWriter(writeLine: (line: string) => void) {
  return new Writable({
    decodeStrings: false,
    write(text: string, _encoding, done) {
      writeLine(harmless(text));
      done();
    },
  });
}
