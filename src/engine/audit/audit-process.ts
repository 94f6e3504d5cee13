/**
 * Runs an audit in a process of its own. An audit holds a fold of the ledger in memory, about 1.5 KB per row, and is CPU-bound for its
 * whole duration. In the daemon's process the heap would stay large afterwards, running out of memory would end the daemon, and new blocks
 * would be delayed.
 */
import { type ChildProcess, fork } from 'node:child_process';
import type { CommandFailure } from '../leader/command-records.ts';
import type { PlacedObservation } from '../ledger/observations.ts';
import type { Address } from '../../primitives/hex.ts';
import { TraceChainError } from '../../primitives/errors.ts';
import { errorOf } from '../leader/commands/command.ts';
import type { AuditResult } from './findings/result.ts';

/** The input of an audit. Plain values, because they are sent to another process. */
export interface AuditTask {
  readonly databaseUrl: string;
  /** The application name of its database sessions. */
  readonly sessionName: string;
  /** The audit uses the first node. It queries the others only if the first contradicts the ledger. */
  readonly rpcUrls: readonly [string, ...string[]];
  readonly requestTimeoutMs: number;
  /** Null if every call is sent separately. */
  readonly multicall3: Address | null;
  readonly maximumReadBytes: number;
  readonly chainId: number;
  readonly isFull: boolean;
  /** Whether to determine the observations that a repair would record. */
  readonly observes: boolean;
}

export interface AuditDone {
  readonly result: AuditResult;
  /** The id of the recorded audit, or null if it was not recorded or no observations were requested. */
  readonly runId: number | null;
  /** Empty if no observations were requested. */
  readonly observations: readonly PlacedObservation[];
}

export interface AuditFailed {
  readonly failure: CommandFailure;
  readonly isNodeFault: boolean;
}

/** The message that the process sends back. */
export type AuditAnswer = AuditDone | AuditFailed;

/** A program that does nothing except call `answerAudit`. */
export interface AuditProgram {
  readonly file: string;
  readonly args: readonly string[];
  /** Node's command line flags. */
  readonly nodeArguments: readonly string[];
}

/** The audit failed because of its first node. It may succeed with another node. */
export class FaultyNodeError extends TraceChainError {
  override readonly name = 'FaultyNodeError';
}

/**
 * Starts a process, runs the audit in it, and waits until the process has ended. Throws a FaultyNodeError, a CannotRunError if the operator
 * must change something, and a TraceChainError for all other failures, including a process that ends without a result. An abort kills the
 * process and is thrown.
 */
export async function auditInProcess(
  { file, args, nodeArguments }: AuditProgram,
  task: AuditTask,
  signal: AbortSignal,
): Promise<AuditDone> {
  signal.throwIfAborted();
  // The child does not inherit this process's Node flags, which may be for profiling. If this process dies, the closed channel ends the
  // child.
  const child = fork(file, args, {
    execArgv: [...nodeArguments],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  // The child has nothing to clean up, and a stopped process handles no other signal.
  const end = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', end, { once: true });
  try {
    let answer: AuditAnswer | null = null;
    child.once('message', (message) => (answer = message as AuditAnswer));
    // Later errors (an undelivered signal or task) show in the way the process ends.
    const error = new Promise<Error>((resolve) => child.on('error', resolve));
    // No process was started, so there is no channel either.
    if (child.pid === undefined) throw notStarted(await error);
    // A message may arrive after the exit, but not after the end of the channel.
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
  return new TraceChainError(`The audit’s process could not be started: ${cause.message}`, {
    code: 'audit/process-not-started',
    fix: 'The next audit retries. EMFILE and ENFILE mean too many open files (ulimit -n), EAGAIN too many processes, ENOMEM too little memory.',
    cause,
  });
}

function doneOf(answer: AuditAnswer | null, ending: string): AuditDone {
  if (answer === null) {
    throw new TraceChainError(`The audit’s process ended before its audit did (${ending})`, {
      code: 'audit/process-ended',
      fix: 'No data is affected, and the next audit continues from the last clean one. An unexpected signal usually means that memory ran out: a full audit needs about 1.5 KB per row.',
    });
  }
  if (!('failure' in answer)) return answer;
  const error = errorOf(answer.failure);
  if (!answer.isNodeFault) throw error;
  const { message, code, fix, place } = error;
  throw new FaultyNodeError(message, { code, place, ...(fix === undefined ? {} : { fix }) });
}
