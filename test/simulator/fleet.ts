/** The run's daemons. Restarts them after a kill, as a service manager would, and checks how they end. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { DaemonSettings } from '../../src/engine/settings.ts';
import { type DaemonExit, DaemonProcess } from './daemon/daemon-process.ts';
import type { Trap } from './daemon/traps.ts';

const logged = z.object({ err: z.object({ message: z.string(), code: z.string().optional() }) });

export interface FleetOptions {
  readonly settings: DaemonSettings;
  readonly logFile: string;
  readonly mutation: string | null;
  /** Called with each intended death. */
  readonly onTrap: (trap: string) => void;
  /**
   * Called with the pid of a killed process before the next one starts; no process holds its lease any more.
   */
  readonly onKilled: (pid: number) => Promise<void>;
}

export class Fleet {
  readonly #options: FleetOptions;
  readonly #all: DaemonProcess[] = [];
  /** The process whose death starts a new one. */
  #main: DaemonProcess | null = null;
  #standby: DaemonProcess | null = null;
  #isEnding = false;
  /** Unexpected ends of daemons. */
  readonly failures: string[] = [];
  /** Error codes that a plan expects, as they are logged. */
  readonly #expected = new Set<string>();

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  get main(): DaemonProcess | null {
    return this.#main;
  }

  get standby(): DaemonProcess | null {
    return this.#standby;
  }

  /** From now on, daemons may end with this error code. */
  expect(errorCode: string): void {
    this.#expected.add(errorCode);
  }

  start(): void {
    this.#main = this.#spawn();
  }

  standBy(): void {
    this.#standby = this.#spawn();
  }

  /**
   * Makes the process with this pid the main one and the other one its standby, because the first to start
   * may not be the leader. False if there are not two of them.
   */
  arrange(leaderPid: number): boolean {
    const running = this.#all.filter(({ hasExited }) => !hasExited);
    const leader = running.find(({ pid }) => pid === leaderPid);
    const other = running.find((daemon) => daemon !== leader);
    if (leader === undefined || other === undefined) return false;
    this.#main = leader;
    this.#standby = other;
    return true;
  }

  /** The standby is the leader now: from here it is restarted and receives the traps. */
  promoteStandby(): DaemonProcess | null {
    const former = this.#main;
    this.#main = this.#standby;
    this.#standby = null;
    return former;
  }

  arm(trap: Trap): void {
    this.#main?.arm(trap);
  }

  /** Frozen processes continue. */
  wakeAll(): void {
    for (const daemon of this.#all) daemon.signal('SIGCONT');
  }

  /** Kills the main process, and starts another after `downMs` milliseconds. */
  async kill(downMs: number): Promise<void> {
    const killed = this.#main;
    this.#main = null;
    killed?.signal('SIGKILL');
    await killed?.exited;
    if (killed?.pid !== undefined) await this.#options.onKilled(killed.pid);
    await new Promise((resolve) => setTimeout(resolve, downMs));
    this.start();
  }

  async stop(): Promise<void> {
    const stopped = this.#main;
    this.#main = null;
    stopped?.signal('SIGTERM');
    const patience = new Promise<null>((resolve) => setTimeout(() => resolve(null), 8_000).unref());
    if (stopped !== null && (await Promise.race([stopped.exited, patience])) === null) {
      this.failures.push('the daemon did not stop within 8 s of SIGTERM');
      stopped.signal('SIGKILL');
    }
  }

  /** Removes all traps and ensures that a daemon runs. */
  calm(): void {
    for (const daemon of this.#all) daemon.disarm();
    if (this.#main === null || this.#main.hasExited) this.start();
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    for (const daemon of this.#all) {
      daemon.signal('SIGKILL');
      await daemon.exited;
    }
  }

  #spawn(): DaemonProcess {
    const daemon = new DaemonProcess(this.#options);
    this.#all.push(daemon);
    void daemon.exited.then(async (exit) => await this.#afterExit(daemon, exit));
    return daemon;
  }

  async #afterExit(daemon: DaemonProcess, exit: DaemonExit): Promise<void> {
    if (this.#isEnding) return;
    const isMain = daemon === this.#main;
    if (exit.signal === 'SIGKILL') {
      if (!isMain) return;
      if (exit.trap !== null) this.#options.onTrap(exit.trap);
      if (daemon.pid !== undefined) await this.#options.onKilled(daemon.pid);
    } else if (exit.code !== 0 && exit.signal !== 'SIGTERM') {
      const said = await this.#lastWords();
      if ([...this.#expected].some((code) => said.includes(`"code":"${code}"`))) return;
      this.failures.push(`a daemon ended by itself (${exit.code ?? exit.signal}): ${said}`);
      return;
    }
    if (isMain) this.start();
  }

  async #lastWords(): Promise<string> {
    const lines = (await readFile(this.#options.logFile, 'utf8')).trim().split('\n');
    const line = lines.findLast((one) => one.includes('the daemon failed'));
    const parsed = line === undefined ? null : logged.safeParse(JSON.parse(line));
    if (parsed?.success !== true) return lines.slice(-5).join('\n');
    const { code, message } = parsed.data.err;
    return `"code":"${code ?? ''}" ${message}`;
  }
}
