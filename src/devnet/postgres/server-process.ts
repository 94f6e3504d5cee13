import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { required } from '../../primitives/errors.ts';
import { sendSignal, stopProcess } from '../processes.ts';
import type { StopStep } from '../processes.ts';

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** True where `stop` was called before: nobody needs to be told. */
  readonly expected: boolean;
}

/** A server that runs as a child process of ours until it is stopped, or we leave. */
export interface ServerProcess {
  readonly pid: number;
  /** Settles when the process is gone, for whatever reason; never rejects. */
  readonly exited: Promise<ProcessExit>;
  hasExited(): boolean;
  /** Stops it and waits until it is gone; sends ever harder signals. Idempotent. */
  stop(): Promise<ProcessExit>;
  /** Tells it to stop and doesn't wait: for a process that must leave at once. */
  readonly stopWithoutWaiting: () => void;
}

export interface ServerProcessOptions {
  readonly executable: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Takes what the server prints; emptied at the start. */
  readonly logFile: string;
  readonly account?: { readonly uid: number; readonly gid: number } | undefined;
  /** How the server is asked to leave, the polite way first. */
  readonly stopSteps: readonly [StopStep, ...StopStep[]];
}

const stopAtExit = new Set<() => void>();
// Reached on process.exit() and on an uncaught error too; after a SIGKILL the next start finds the orphan.
process.once('exit', () => {
  for (const stop of stopAtExit) stop();
});

/**
 * Starts a server in a process group of its own, so that a Ctrl-C in the terminal reaches us and not the server that we
 * still need. Its output goes to a file and not to a pipe: a pipe would break when we are killed, and break it.
 *
 * Rejects with the system's error where the program can't be executed.
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
  // Listened to before anything is awaited: a server that fails at once may be gone by then.
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
  // A server is no reason for us to stay.
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
