/** CPU time and memory of processes, from Linux's /proc. */
import { readFile } from 'node:fs/promises';
import { hasErrorCode } from '../../../src/devnet/error-codes.ts';

/** USER_HZ, the unit of /proc: 100 on every Linux that Node supports. */
const ticksPerSecond = 100;

/** Returns the CPU seconds of the process so far, including its ended children. */
export async function cpuSeconds(pid: number): Promise<number> {
  // proc(5): the second field is the program's name in parentheses; utime, stime, cutime and cstime are
  // fields 14 to 17.
  const text = await readIfRunning(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return ticks / ticksPerSecond;
}

/** Returns the CPU seconds of a process and of all its children, including ended ones. */
export async function familyCpuSeconds(pid: number): Promise<number> {
  const children = (await readIfRunning(`/proc/${pid}/task/${pid}/children`))
    .trim()
    .split(' ')
    .filter(Boolean);
  const seconds = await Promise.all([pid, ...children.map(Number)].map(cpuSeconds));
  return seconds.reduce((sum, one) => sum + one, 0);
}

/** Returns the CPU seconds of all processes of the machine. */
export async function machineCpuSeconds(): Promise<number> {
  // proc(5): user, nice, system, idle, iowait, irq, softirq; the first line is the sum of all cores.
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] =
    (await readFile('/proc/stat', 'utf8')).split('\n', 1)[0]?.split(/\s+/).slice(1).map(Number) ?? [];
  return (user + nice + system + irq + softirq) / ticksPerSecond;
}

/** Returns the peak memory of the process, in MB. */
export async function peakRssMb(pid: number): Promise<number> {
  return await megabytesOf(pid, /^VmHWM:\s+(\d+) kB$/m);
}

/** Returns the current memory of the process, in MB. */
export async function rssMb(pid: number): Promise<number> {
  return await megabytesOf(pid, /^VmRSS:\s+(\d+) kB$/m);
}

async function megabytesOf(pid: number, line: RegExp): Promise<number> {
  const [, kilobytes = '0'] = line.exec(await readIfRunning(`/proc/${pid}/status`)) ?? [];
  return Number(kilobytes) / 1024;
}

async function readIfRunning(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    // It ended meanwhile, and its parent's counters now include it.
    if (hasErrorCode(error, 'ENOENT', 'ESRCH')) return '';
    throw error;
  }
}
