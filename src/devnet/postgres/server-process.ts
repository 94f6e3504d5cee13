import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { required } from '../../primitives/errors.ts';
import { sendSignal, stopProcess } from '../processes.ts';
import type { StopStep } from '../processes.ts';

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** True if `stop` was called before, so that no error needs to be reported. */
  readonly expected: boolean;
}

/** A server that runs as a child process until it is stopped, or this process ends. */
export interface ServerProcess {
  readonly pid: number;
  /** Settles when the process has ended, for whatever reason; never rejects. */
  readonly exited: Promise<ProcessExit>;
  hasExited(): boolean;
  /** Stops it with escalating signals, and waits until it has ended. Idempotent. */
  stop(): Promise<ProcessExit>;
  /** Sends the stop signal without waiting, for a process that must end at once. */
  readonly stopWithoutWaiting: () => void;
}

export interface ServerProcessOptions {
  readonly executable: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Receives the server's output; truncated at the start. */
  readonly logFile: string;
  readonly account?: { readonly uid: number; readonly gid: number } | undefined;
  /** The signals that stop the server, the mildest first. */
  readonly stopSteps: readonly [StopStep, ...StopStep[]];
}

const stopAtExit = new Set<() => void>();
// Also runs on process.exit() and on an uncaught error; after a SIGKILL, the next start finds the orphan.
process.once('exit', () => {
  for (const stop of stopAtExit) stop();
});

/**
 * Starts a server in a separate process group, so that Ctrl-C in the terminal reaches only this process, which still needs the server.
 * Its output goes to a file: if this process is killed, a pipe would break, and its error would end the server.
 *
 * Rejects with the system's error if the program can't be executed.
 */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const log = await open(options.logFile, 'w', 0o600);
  const child = spawn(options.executable, options.arguments, {
    cwd: '/',
    env: options.environment,
    stdio: ['ignore', log.fd, log.fd],
    detached: true,
    ...(options.account === undefined ? {} : { uid: options.account.uid, gid: options.account.gid }),
  });
  // Registered before the first await: a server that fails at once may end before it.
  let stopping: Promise<boolean> | undefined;
  let hasExited = false;
  const exit = Promise.withResolvers<ProcessExit>();
  child.once('exit', (code, signal) => {
    hasExited = true;
    stopAtExit.delete(stopWithoutWaiting);
    exit.resolve({ code, signal, expected: stopping !== undefined });
  });
  const stopWithoutWaiting = (): void => {
    if (!hasExited && child.pid !== undefined) sendSignal(child.pid, options.stopSteps[0].signal);
  };
  stopAtExit.add(stopWithoutWaiting);
  try {
    await once(child, 'spawn');
  } catch (error) {
    stopAtExit.delete(stopWithoutWaiting);
    throw error;
  } finally {
    await log.close();
  }
  const pid = required(child.pid, 'pid of a spawned process');
  // The server does not keep this process alive.
  child.unref();

  return {
    pid,
    exited: exit.promise,
    hasExited: () => hasExited,
    stopWithoutWaiting,
    async stop() {
      if (!hasExited) {
        stopping ??= stopProcess(pid, options.stopSteps);
        child.ref();
        await stopping;
      }
      return exit.promise;
    },
  };
}

/** The last lines of a server's log, for the message of an error. */
export async function lastLines(logFile: string, count = 8): Promise<string> {
  const text = await readFile(logFile, 'utf8');
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
