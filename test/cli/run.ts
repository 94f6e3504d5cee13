import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export const launcher = fileURLToPath(new URL('../../src/cli/bin.js', import.meta.url));

export interface RunOptions {
  /** Beside what a program needs anywhere; nothing of the machine's own configuration gets in. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly folder?: string;
  /** The executable in place of the Node that runs the tests, and what stands before the launcher. */
  readonly node?: string;
  readonly nodeArguments?: readonly string[];
}

export interface Ran {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs `tracechain` as a process of its own, away from any local system of the checkout's. */
export async function runTracechain(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(
    options.node ?? process.execPath,
    [...(options.nodeArguments ?? []), launcher, ...args],
    {
      cwd: options.folder ?? fileURLToPath(new URL('.', import.meta.url)),
      env: { PATH, HOME, TRACECHAIN_DATA: '/nonexistent/tracechain', ...options.environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  child.stdin.end(options.input ?? '');
  const exit = Promise.withResolvers<number | null>();
  child.on('error', exit.reject);
  child.on('exit', exit.resolve);
  const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), exit.promise]);
  return { code, output, errors };
}
