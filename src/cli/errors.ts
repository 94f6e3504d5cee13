/** Formats the error that ends a command. */
import { CommanderError } from 'commander';
import { explainServerFault } from '../db/errors.ts';
import { CannotRunError, TraceChainError } from '../primitives/errors.ts';
import type { ErrorPlace } from '../primitives/errors.ts';
import { ConfigurationError } from '../config/index.ts';
import { exitCodes } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import { harmless, toJson } from './terminal.ts';

/** The error that ended a daemon after it had started. It gives exit code 1, so that a service manager restarts the daemon; 2 means that it could not start. */
export class DaemonEndedError extends Error {
  override readonly name = 'DaemonEndedError';

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** Reports the error on standard error, as JSON if the command's output is JSON, and returns the exit code. */
export function reportError(thrown: unknown, asJson: boolean): ExitCode {
  const isRunning = thrown instanceof DaemonEndedError;
  const ended = isRunning ? thrown.cause : thrown;
  const error = explainServerFault(ended) ?? ended;
  // Commander has printed its message; help and the version are not errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.good : exitCodes.couldNotRun;
  const text = asJson ? toJson({ error: describeForProgram(error) }) : harmless(describeForPerson(error));
  process.stderr.write(`${text}\n`);
  return isRunning ? exitCodes.findings : exitCodeOf(error);
}

function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CannotRunError) return exitCodes.couldNotRun;
  // The command could not reach the database or node, so it found nothing: it could not run.
  return error instanceof TraceChainError && isConnection(error) ? exitCodes.couldNotRun : exitCodes.findings;
}

/** Whether the error comes from the database or a node. */
function isConnection(error: TraceChainError): boolean {
  return error.code.startsWith('database/') || error.code.startsWith('chain/');
}

function describeForPerson(error: unknown): string {
  if (!(error instanceof TraceChainError)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `tracechain: unexpected: ${text}`;
  }
  const place = describePlace(error.place);
  const where = place === '' ? '' : ` (${place})`;
  const message = /[.!?]$/.test(error.message) ? error.message : `${error.message}.`;
  return `tracechain: ${message}${where}${error.fix === undefined ? '' : ` ${error.fix}`}`;
}

function describeForProgram(error: unknown): unknown {
  if (!(error instanceof TraceChainError)) {
    return { code: 'unexpected', message: error instanceof Error ? error.message : String(error) };
  }
  const { code, message, place, fix } = error;
  const problems = error instanceof ConfigurationError ? { problems: error.problems } : {};
  return { code, message, place, fix: fix ?? null, ...problems };
}

const placeNames: Readonly<Record<keyof ErrorPlace, string>> = {
  chainId: 'chain',
  blockNumber: 'block',
  blockHash: 'block hash',
  transactionHash: 'transaction',
  logIndex: 'log',
  address: 'contract',
};

function describePlace(place: ErrorPlace): string {
  const parts: [string, string | number | undefined][] = [
    [placeNames.chainId, place.chainId],
    [placeNames.blockNumber, place.blockNumber],
    [placeNames.blockHash, place.blockHash],
    [placeNames.transactionHash, place.transactionHash],
    [placeNames.logIndex, place.logIndex],
    [placeNames.address, place.address],
  ];
  return parts.flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`])).join(', ');
}
