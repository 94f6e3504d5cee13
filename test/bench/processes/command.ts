/** Runs a command of the program on a benchmark's database, as a user does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { ChainFacts } from '../chain/kept-chain.ts';

export interface ExecutionContext {
  readonly databaseUrl: string;
  readonly rpcUrl: string;
  readonly contracts: ChainFacts['contracts'];
}

const program = fileURLToPath(new URL('../../../src/cli/bin.js', import.meta.url));

export interface EndedCommand {
  /** Its standard output. */
  readonly output: string;
  /** Wall-clock seconds from its start to its end. */
  readonly seconds: number;
}

/** Runs the command to its end; throws its standard error if it fails. */
export async function timeCommand(
  words: readonly string[],
  { databaseUrl, rpcUrl, contracts }: ExecutionContext,
): Promise<EndedCommand> {
  const startedAt = performance.now();
  const flags = (process.env['BENCH_NODE_FLAGS'] ?? '').split(' ').filter(Boolean);
  const child = spawn(process.execPath, [...flags, program, ...words], {
    cwd: tmpdir(),
    env: {
      PATH: process.env['PATH'] ?? '',
      DATABASE_URL: databaseUrl,
      RPC_URL: rpcUrl,
      TRACECHAIN_CONTRACTS: JSON.stringify(contracts),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [said, complaint, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  if (code !== 0) throw new Error(`tracechain ${words.join(' ')} ended with ${code}:\n${complaint}${said}`);
  return { output: said, seconds: (performance.now() - startedAt) / 1000 };
}
