import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../../src/cli/main.ts';

export const launcher = fileURLToPath(new URL('../../src/cli/bin.js', import.meta.url));

export interface RunOptions {
  /** Beside what a program needs anywhere; nothing of the machine's own configuration gets in. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface ProcessOptions extends RunOptions {
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

function environmentOf({ environment }: RunOptions): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME, TRACECHAIN_DATA: '/nonexistent/tracechain', ...environment };
}

/** Runs `tracechain` as a process of its own, away from any local system of the checkout's. */
export async function runTracechainProcess(
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<Ran> {
  const child = spawn(
    options.node ?? process.execPath,
    [...(options.nodeArguments ?? []), launcher, ...args],
    {
      cwd: options.folder ?? fileURLToPath(new URL('.', import.meta.url)),
      env: environmentOf(options),
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

/** Commands have the process's environment, streams and exit code to themselves, so one runs after the other. */
let before: Promise<unknown> = Promise.resolve();

/**
 * The same in this process, which spares the start of another: for what a command says and does, where it is not the process that matters. One
 * that never ends hangs.
 */
export async function runTracechain(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const running = before.then(async () => await runHere(args, environmentOf(options)));
  before = running.catch(() => undefined);
  return await running;
}

async function runHere(args: readonly string[], environment: Record<string, string>): Promise<Ran> {
  const { env, exitCode } = process;
  const [output, errors] = [capture(process.stdout), capture(process.stderr)];
  process.env = environment;
  process.exitCode = undefined;
  try {
    await runProgram(args);
    return { code: exitCodeOfProcess(), output: output.text(), errors: errors.text() };
  } finally {
    process.env = env;
    process.exitCode = exitCode;
    output.release();
    errors.release();
  }
}

function exitCodeOfProcess(): number {
  return Number(process.exitCode ?? 0);
}

/** Keeps what is written to the stream instead of writing it. */
function capture(stream: NodeJS.WriteStream): { text(): string; release(): void } {
  const chunks: Buffer[] = [];
  const write = stream.write.bind(stream);
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    chunks.push(Buffer.from(chunk));
    const done = rest.at(-1);
    if (typeof done === 'function') process.nextTick(done);
    return true;
  };
  return {
    text: () => Buffer.concat(chunks).toString(),
    release() {
      stream.write = write;
    },
  };
}
