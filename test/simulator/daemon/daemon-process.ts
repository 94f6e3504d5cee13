/** A daemon as a child process that can be killed, frozen, trapped and stopped. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { DaemonSettings } from '../../../src/engine/settings.ts';
import type { Trap } from './traps.ts';

export interface DaemonProcessOptions {
  readonly settings: DaemonSettings;
  readonly logFile: string;
  readonly mutation: string | null;
}

export interface DaemonExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The point of the trap that killed it, if any. */
  readonly trap: string | null;
}

const entry = fileURLToPath(new URL('./entry.ts', import.meta.url));

/** The files that its traps write next to its log. */
export function tracesBeside(logFile: string): string[] {
  return [markersOf(logFile), `${markersOf(logFile)}.points`];
}

function markersOf(logFile: string): string {
  return `${logFile}.traps`;
}

export class DaemonProcess {
  readonly exited: Promise<DaemonExit>;
  readonly #child: ChildProcess;
  readonly #markerFile: string;
  #hasExited = false;

  constructor({ settings, logFile, mutation }: DaemonProcessOptions) {
    this.#markerFile = markersOf(logFile);
    const isTracing = process.env['SIMULATE_TRACE'] !== undefined;
    const log = openSync(logFile, 'a');
    this.#child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry], {
      stdio: ['ignore', log, log, 'ipc'],
      env: {
        ...process.env,
        NODE_COMPILE_CACHE: fileURLToPath(new URL('../../../node_modules/.cache/simulate', import.meta.url)),
        SIMULATED_DAEMON: JSON.stringify({ settings, markerFile: this.#markerFile, mutation, isTracing }),
      },
    });
    closeSync(log);
    // Messages to a process that has just died are lost; its exit reports the death.
    this.#child.on('error', () => undefined);
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#hasExited = true;
        void this.#lastTrap().then((trap) => resolve({ code, signal, trap }));
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get hasExited(): boolean {
    return this.#hasExited;
  }

  arm(trap: Trap): void {
    if (this.#child.connected) this.#child.send(trap);
  }

  disarm(): void {
    if (this.#child.connected) this.#child.send('disarm');
  }

  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): void {
    this.#child.kill(signal);
  }

  /** The last trap that triggered in any process of the run. */
  async #lastTrap(): Promise<string | null> {
    const text = await readFile(this.#markerFile, 'utf8').catch(() => '');
    return text.trim().split('\n').at(-1) || null;
  }

  /** The number of traps that have triggered so far in all processes of the run. */
  async sprungTraps(): Promise<number> {
    const text = await readFile(this.#markerFile, 'utf8').catch(() => '');
    return text.split('\n').length - 1;
  }
}
