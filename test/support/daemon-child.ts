/** A daemon in a process of its own, to be stopped, woken, killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { testSettings, type TestDaemonOptions } from './daemon.ts';

const script = fileURLToPath(new URL('../e2e/support/daemon-process.ts', import.meta.url));

export interface DaemonChild extends AsyncDisposable {
  readonly process: ChildProcess;
  /** Its exit code and what it said on standard error. */
  readonly ended: Promise<{ readonly code: number | null; readonly errors: string }>;
}

export function startDaemonChild(options: TestDaemonOptions): DaemonChild {
  const child = spawn(process.execPath, [script, JSON.stringify(testSettings(options))], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  const ended = once(child, 'close').then(([code]: unknown[]) => ({
    code: typeof code === 'number' ? code : null,
    errors,
  }));
  return {
    process: child,
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
