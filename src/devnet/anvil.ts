/** The devnet's node: anvil on a free port of the loopback interface, optionally with a persistent chain. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { z } from 'zod';
import { CannotRunError } from '../primitives/errors.ts';
import { readJsonIfThere } from './data-folder/files.ts';
import { findAnvil } from './platform.ts';
import { findFreePort } from './data-folder/ports.ts';
import { commandLine, processIdentity, stopProcess } from './processes.ts';
import type { StopStep } from './processes.ts';
import { lastLines, startServerProcess } from './postgres/server-process.ts';
import type { ProcessExit, ServerProcess } from './postgres/server-process.ts';

export interface AnvilOptions {
  /** Persists the chain in this file; without it, the chain is lost when anvil stops. The caller holds the folder's lock. */
  readonly stateFile?: string;
  readonly chainId: number;
  /** Mines at this interval; without it, one block per transaction. */
  readonly blockTimeSeconds?: number;
  /** A port that must be used. */
  readonly port?: number;
  /** A port that is used if it is free. */
  readonly preferredPort?: number;
  /** The interval at which the state is written while it runs; it is always written when anvil stops. */
  readonly stateIntervalSeconds?: number;
  /**
   * Whether the state file also has the state of every old block, for reads at those blocks after the next start.
   * Costs some 100 kB per block, even if it is empty: 180 MB after 1,500 blocks, written in 2 s and loaded in 3 s.
   */
  readonly preserveHistoricalStates?: boolean;
  readonly extraArguments?: readonly string[];
  /** The timeout until it answers: loading a large state takes minutes. */
  readonly startPatienceMs?: number;
  readonly logger: Logger;
}

export interface AnvilServer {
  readonly rpcUrl: string;
  readonly webSocketUrl: string;
  readonly port: number;
  readonly pid: number;
  readonly chainId: number;
  readonly exited: Promise<ProcessExit>;
  /** Writes the state if there is a file for it, and stops. */
  stop(): Promise<void>;
  readonly stopWithoutWaiting: () => void;
}

/** Before it terminates, anvil writes its state, which takes one second for some thousand blocks. */
const stopSteps = [
  { signal: 'SIGTERM', patienceMs: 7000 },
  { signal: 'SIGKILL', patienceMs: 1000 },
] as const satisfies readonly StopStep[];

const startAttempts = 3;
const usualStartPatienceMs = 60_000;

/**
 * Starts anvil and waits until it answers `eth_chainId`. If a killed run left an anvil running on the same state file, stops it
 * first, which makes it write its state.
 *
 * Throws a CannotRunError if there is no anvil, or if it doesn't start.
 */
export async function startAnvil(options: AnvilOptions): Promise<AnvilServer> {
  const { logger, chainId } = options;
  const executable = await findAnvil();
  const files = await prepareFiles(options);
  if (files.pidFile !== undefined) await stopOrphan(files.pidFile, logger);
  await rm(files.cacheFolder, { recursive: true, force: true });

  const { server, port } = await startUntilReady(executable, files, options);
  if (files.pidFile !== undefined) await recordPid(files.pidFile, server.pid);
  logger.debug({ port, serverPid: server.pid, chainId }, 'anvil answers');
  return {
    rpcUrl: `http://127.0.0.1:${port}`,
    webSocketUrl: `ws://127.0.0.1:${port}`,
    port,
    pid: server.pid,
    chainId,
    exited: server.exited,
    async stop() {
      await server.stop();
      await removeTraces(files);
    },
    stopWithoutWaiting: server.stopWithoutWaiting,
  };
}

/** Removes the chain in a state file, and stops an anvil that still runs on it. */
export async function removeAnvilState(stateFile: string, logger: Logger): Promise<void> {
  await stopOrphan(pidFileOf(stateFile), logger);
  for (const path of [stateFile, pidFileOf(stateFile), cacheFolderOf(stateFile)]) {
    await rm(path, { recursive: true, force: true });
  }
}

interface AnvilFiles {
  readonly stateFile: string | undefined;
  readonly pidFile: string | undefined;
  readonly logFile: string;
  /** While it runs, anvil stores the states of old blocks here, and never removes them. */
  readonly cacheFolder: string;
  /** Removed when anvil stops. */
  readonly temporaryFolder: string | undefined;
}

async function prepareFiles({ stateFile }: AnvilOptions): Promise<AnvilFiles> {
  if (stateFile === undefined) {
    const temporaryFolder = await mkdtemp(join(tmpdir(), 'tracechain-anvil-'));
    const [logFile, cacheFolder] = [join(temporaryFolder, 'anvil.log'), join(temporaryFolder, 'cache')];
    return { stateFile, pidFile: undefined, logFile, cacheFolder, temporaryFolder };
  }
  const folder = dirname(stateFile);
  await mkdir(folder, { recursive: true });
  return {
    stateFile,
    pidFile: pidFileOf(stateFile),
    logFile: join(folder, 'anvil.log'),
    cacheFolder: cacheFolderOf(stateFile),
    temporaryFolder: undefined,
  };
}

function pidFileOf(stateFile: string): string {
  return `${stateFile}.process`;
}

function cacheFolderOf(stateFile: string): string {
  return `${stateFile}.cache`;
}

async function removeTraces(files: AnvilFiles): Promise<void> {
  await rm(files.cacheFolder, { recursive: true, force: true });
  if (files.pidFile !== undefined) await rm(files.pidFile, { force: true });
  if (files.temporaryFolder !== undefined) await rm(files.temporaryFolder, { recursive: true, force: true });
}

interface RunningAnvil {
  readonly server: ServerProcess;
  readonly port: number;
}

/** If the port may be chosen, tries several times: another process may take a free port first. */
async function startUntilReady(
  executable: string,
  files: AnvilFiles,
  options: AnvilOptions,
): Promise<RunningAnvil> {
  const attempts = options.port === undefined ? startAttempts : 1;
  if (options.port !== undefined) await refuseTakenPort(options.port);
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const port = options.port ?? (await findFreePort(attempt === 1 ? options.preferredPort : undefined));
    const server = await startServerProcess({
      executable,
      arguments: anvilArguments(port, files, options),
      environment: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/' },
      logFile: files.logFile,
      stopSteps,
    });
    if (await becomesReady(server, port, options)) return { server, port };
    await server.stop();
    options.logger.debug({ attempt, port }, 'anvil did not start');
  }
  const log = await lastLines(files.logFile);
  await removeTraces(files);
  const on = files.stateFile === undefined ? '' : ` on ${files.stateFile}`;
  throw new CannotRunError(`anvil did not start${on}: ${log === '' ? 'it printed nothing' : log}`, {
    code: 'local/anvil-failed',
    fix: 'If its state is damaged, start with --fresh; if its port is taken, name another.',
  });
}

/** Another node on this port would answer in place of ours. */
async function refuseTakenPort(port: number): Promise<void> {
  if ((await findFreePort(port)) === port) return;
  throw new CannotRunError(`anvil can't listen on port ${port}: another process does.`, {
    code: 'local/port-taken',
    fix: 'Name another port, or none to use a free one.',
  });
}

function anvilArguments(port: number, files: AnvilFiles, options: AnvilOptions): readonly string[] {
  const { blockTimeSeconds, stateIntervalSeconds = 60, preserveHistoricalStates = true } = options;
  const isKept = files.stateFile !== undefined;
  const valued: Readonly<Record<string, string | number | undefined>> = {
    '--host': '127.0.0.1',
    '--port': port,
    '--chain-id': options.chainId,
    '--cache-path': files.cacheFolder,
    '--block-time': blockTimeSeconds,
    '--state': files.stateFile,
    '--state-interval': isKept ? stateIntervalSeconds : undefined,
  };
  return [
    ...Object.entries(valued).flatMap(([name, value]) => (value === undefined ? [] : [name, String(value)])),
    '--quiet',
    '--no-request-size-limit',
    ...(isKept && preserveHistoricalStates ? ['--preserve-historical-states'] : []),
    ...(options.extraArguments ?? []),
  ];
}

const chainIdAnswer = z.object({ result: z.templateLiteral(['0x', z.string()]) });

async function becomesReady(
  server: ServerProcess,
  port: number,
  { chainId, startPatienceMs = usualStartPatienceMs }: AnvilOptions,
): Promise<boolean> {
  const deadline = performance.now() + startPatienceMs;
  while (!server.hasExited() && performance.now() < deadline) {
    if ((await askChainId(port)) === chainId && !server.hasExited()) return true;
    await delay(15);
  }
  return false;
}

async function askChainId(port: number): Promise<number | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] }),
      signal: AbortSignal.timeout(2000),
    });
    const answer = chainIdAnswer.safeParse(await response.json());
    return answer.success ? Number(answer.data.result) : undefined;
  } catch {
    // Not listening yet, or not answering JSON: retried until the deadline.
    return undefined;
  }
}

const processRecord = z.object({ pid: z.int().min(2), identity: z.string() });

async function recordPid(pidFile: string, pid: number): Promise<void> {
  const identity = await processIdentity(pid);
  if (identity !== undefined) await writeFile(pidFile, JSON.stringify({ pid, identity }), { mode: 0o600 });
}

/** Stops the recorded anvil if the same process still runs; on SIGTERM it writes its state. */
async function stopOrphan(pidFile: string, logger: Logger): Promise<void> {
  const record = processRecord.safeParse(await readJsonIfThere(pidFile));
  if (!record.success) return;
  const { pid, identity } = record.data;
  if ((await processIdentity(pid)) !== identity) return;
  const [program] = await commandLine(pid);
  if (program === undefined || basename(program) !== 'anvil') return;
  logger.warn({ serverPid: pid }, 'stopping an anvil that an earlier run left behind');
  if (await stopProcess(pid, stopSteps)) return;
  throw new CannotRunError(`anvil (pid ${pid}) runs on the devnet's state and can't be stopped.`, {
    code: 'local/orphan',
    fix: `Stop process ${pid} and start again.`,
  });
}
