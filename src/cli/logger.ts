/** The program's log: a fixed message and fields, JSON for programs, lines on a terminal, no secrets in either. */
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
  write(text: string): unknown;
}

/**
 * Makes the logger that is handed down to the rooms. It writes to standard error, so that standard output is the command's
 * answer alone. Wherever a line quotes a secret of these URLs, it is masked.
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
  if (!isPretty) return pino(options, { write: (line) => void target.write(line) });
  const lines = PinoPretty({
    colorize: isTerminal,
    sync: true,
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss',
    destination: harmlessWriter(target),
  });
  return pino(options, lines);
}

/** Fields that may hold a secret whatever they are set to; the URLs that are known are masked everywhere. */
const secretPaths = ['password', 'privateKey', 'mnemonic', '*.password', '*.privateKey', '*.mnemonic'];

/**
 * A TraceChainError with its code, place and fix; every cause likewise. Where in the code it arose is told of what may be the code's fault
 * alone: a node or a server that is away says nothing by a stack, at every attempt.
 */
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (!(error instanceof TraceChainError)) {
    // The database driver hangs the connection on its errors, with all that it holds: kilobytes, and the key that cancels it.
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

/** What an error of ours explains: its words, and its code to look them up by. */
function serializeCause(cause: unknown): unknown {
  if (!(cause instanceof Error) || cause instanceof TraceChainError) return serializeError(cause);
  const code = 'code' in cause ? { code: cause.code } : {};
  return { type: cause.name, message: cause.message, ...code };
}

function harmlessWriter(target: LogTarget) {
  return new Writable({
    decodeStrings: false,
    write(text: string, _encoding, done) {
      target.write(harmless(text));
      done();
    },
  });
}
