/** The daemon of a benchmark: `tracechain start` as a user runs it, in its own process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { required } from '../../../src/primitives/errors.ts';
import type { ChainFacts } from '../chain/kept-chain.ts';

export interface DaemonOptions {
  readonly databaseUrl: string;
  readonly rpcUrl: string;
  readonly webSocketUrl?: string;
  readonly contracts: ChainFacts['contracts'];
  /** Further configuration variables, such as TRACECHAIN_POLL_INTERVAL_MS. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Modules that are loaded before the program. */
  readonly preloads?: readonly string[];
}

export interface BenchDaemon {
  readonly pid: number;
  /** On the clock of `performance.now()`. */
  readonly spawnedAt: number;
  /** Rejects with the end of its log if it exits before `stop`. */
  readonly failed: Promise<never>;
  /** Stops it by SIGTERM; returns the number of its HTTP requests. */
  stop(): Promise<number>;
}

const program = fileURLToPath(new URL('../../../src/cli/bin.js', import.meta.url));
const probe = new URL('./daemon-probe.js', import.meta.url).href;
/** The Node flags in the first line of the program, which a user's start has too. */
const ownFlags =
  /^#!\/usr\/bin\/env -S node (.*)$/m.exec(readFileSync(program, 'utf8'))?.[1]?.split(' ') ?? [];
const quotedLength = 2_000;

export async function startDaemon(options: DaemonOptions): Promise<BenchDaemon> {
  const folder = await mkdtemp(join(tmpdir(), 'tracechain-bench-daemon-'));
  const [logFile, countFile] = [join(folder, 'daemon.log'), join(folder, 'requests.json')];
  const log = await open(logFile, 'w');
  const spawnedAt = performance.now();
  const preloads = [probe, ...(options.preloads ?? [])].flatMap((module) => ['--import', module]);
  const flags = (process.env['BENCH_NODE_FLAGS'] ?? '').split(' ').filter(Boolean);
  const child = spawn(process.execPath, [...ownFlags, ...flags, ...preloads, program, 'start'], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      DATABASE_URL: options.databaseUrl,
      RPC_URL: options.rpcUrl,
      ...(options.webSocketUrl === undefined ? {} : { WS_URL: options.webSocketUrl }),
      TRACECHAIN_CONTRACTS: JSON.stringify(options.contracts),
      BENCH_REQUEST_COUNT_FILE: countFile,
      ...options.variables,
    },
    stdio: ['ignore', log.fd, log.fd],
  });
  const exited = once(child, 'exit');
  const killAtExit = (): void => void child.kill('SIGTERM');
  process.once('exit', killAtExit);
  child.once('exit', () => process.off('exit', killAtExit));
  await log.close();
  let stopping = false;
  const failed = exited.then(async () => {
    // After `stop`, an exit is expected and this promise stays pending.
    if (stopping) return await new Promise<never>(() => undefined);
    const text = await readFile(logFile, 'utf8');
    throw new Error(`the daemon left early:\n${text.slice(-quotedLength)}`);
  });
  failed.catch(() => undefined);
  return {
    pid: required(child.pid, 'the pid of the daemon'),
    spawnedAt,
    failed,
    async stop() {
      stopping = true;
      child.kill('SIGTERM');
      await exited;
      const { requests } = z
        .object({ requests: z.number() })
        .parse(JSON.parse(await readFile(countFile, 'utf8')));
      await rm(folder, { recursive: true, force: true });
      return requests;
    },
  };
}
