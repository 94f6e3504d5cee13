/**
 * An audit in a process of its own. It holds a ledger's fold, a kilobyte and a half a row, and is busy for as long as it takes: in the
 * daemon's process its memory would stay when it is done, its need for more would end the daemon, and new blocks would wait for it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import type { CommandFailure } from '../leader/command-records.ts';
import type { PlacedObservation } from '../ledger/observations.ts';
import type { Address } from '../../primitives/hex.ts';
import { TraceChainError } from '../../primitives/errors.ts';
import { errorOf } from '../leader/commands/failure.ts';
import type { AuditResult } from './findings/result.ts';

/** What is audited, and how; plain values, since they go from one process to another. */
export interface AuditTask {
  readonly databaseUrl: string;
  /** What its database sessions are called. */
  readonly sessionName: string;
  /** The first answers; the others are asked where it contradicts the ledger. */
  readonly rpcUrls: readonly [string, ...string[]];
  readonly requestTimeoutMs: number;
  /** Null where every call goes alone. */
  readonly multicall3: Address | null;
  readonly maximumReadBytes: number;
  readonly chainId: number;
  readonly isFull: boolean;
  /** Whether what a repair would enter into the ledger is to be found out. */
  readonly observes: boolean;
}

export interface AuditDone {
  readonly result: AuditResult;
  /** The recorded audit that the observations are of; null where they weren't wanted. */
  readonly runId: number | null;
  /** None where they weren't wanted. */
  readonly observations: readonly PlacedObservation[];
}

export interface AuditFailed {
  readonly failure: CommandFailure;
  readonly isNodeFault: boolean;
}

/** What the process sends back. */
export type AuditAnswer = AuditDone | AuditFailed;

/** A program that does nothing but call `answerAudit`. */
export interface AuditProgram {
  readonly file: string;
  readonly args: readonly string[];
  /** Flags of Node's. */
  readonly nodeArguments: readonly string[];
}

/** The audit failed of its first node: another one may do better. */
export class FaultyNodeError extends TraceChainError {
  override readonly name = 'FaultyNodeError';
}

/**
 * Starts a process, has it audit, and waits until it has ended. Throws a FaultyNodeError, a CannotRunError for what a person must
 * change, and a TraceChainError for all else, a process that ended without an answer included. An abort ends the process, and is thrown.
 */
export async function auditInProcess(
  { file, args, nodeArguments }: AuditProgram,
  task: AuditTask,
  signal: AbortSignal,
): Promise<AuditDone> {
  signal.throwIfAborted();
  // Not the flags that we were started with: they may be for profiling. Where we are gone, the channel's end ends it.
  const child = fork(file, args, {
    execArgv: [...nodeArguments],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  // It has nothing to bring to an end, and where it is stopped it hears of no other signal.
  const end = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', end, { once: true });
  try {
    let answer: AuditAnswer | null = null;
    child.once('message', (message) => (answer = message as AuditAnswer));
    // What goes wrong with it later (a signal or a task that isn't delivered) shows in its end.
    const error = new Promise<Error>((resolve) => child.on('error', resolve));
    // Without a process there is none, and no channel.
    if (child.pid === undefined) throw notStarted(await error);
    // An answer may come after the exit, but not after the channel's end.
    const ended = Promise.all([
      untilExit(child),
      new Promise((resolve) => child.once('disconnect', resolve)),
    ]);
    child.send(task, () => undefined);
    const [ending] = await ended;
    signal.throwIfAborted();
    return doneOf(answer, ending);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

async function untilExit(child: ChildProcess): Promise<string> {
  return await new Promise((resolve) =>
    child.once('exit', (code, killedBy) => resolve(killedBy ?? `exit code ${code}`)),
  );
}

function notStarted(cause: Error): TraceChainError {
  return new TraceChainError(`The audit’s process couldn’t be started: ${cause.message}`, {
    code: 'audit/process-not-started',
    fix: 'The next audit tries again. EMFILE and ENFILE are about open files (ulimit -n), EAGAIN about processes, ENOMEM about memory.',
    cause,
  });
}

function doneOf(answer: AuditAnswer | null, ending: string): AuditDone {
  if (answer === null) {
    throw new TraceChainError(`The audit’s process ended before its audit did (${ending})`, {
      code: 'audit/process-ended',
      fix: 'Nothing else is touched, and the next audit goes on from the last clean one. A signal that nobody sent means, as a rule, that there was no more memory: a full audit holds some 1.5 KB a row.',
    });
  }
  if (!('failure' in answer)) return answer;
  const error = errorOf(answer.failure);
  if (!answer.isNodeFault) throw error;
  const { message, code, fix, place } = error;
  throw new FaultyNodeError(message, { code, place, ...(fix === undefined ? {} : { fix }) });
}
