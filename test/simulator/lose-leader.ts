/**
 * Removes the leader in one of the ways in which leaders are lost, and measures the time until the standby
 * leads.
 */
import { Patience } from '../support/patience.ts';
import type { DaemonProcess } from './daemon/daemon-process.ts';
import type { Trap } from './daemon/traps.ts';
import type { Fleet } from './fleet.ts';
import type { LeaderLoss } from './plan.ts';
import type { Branches } from './site/branches.ts';

/** The takeover time that the daemon promises. */
const takeOverLimitMs = 5_000;
const takeOverPatienceMs = 12_000;
const trapPatienceMs = 20_000;

const traps = {
  'freeze in copy': { point: 'projection/copy ledger.journal:middle', occurrence: 1, action: 'stop' },
  stall: { point: 'none/update ledger.heartbeats:stalled', occurrence: 1, action: 'stall' },
} as const satisfies Partial<Record<LeaderLoss, Trap>>;

export interface Leader {
  readonly epoch: number;
  readonly pid: number;
}

export interface LossSurroundings {
  readonly fleet: Fleet;
  readonly branches: Branches;
  readonly readLeader: () => Promise<Leader>;
}

export interface TakeOver {
  /** Milliseconds from the loss; null if no standby took over, or the leader was not lost. */
  readonly tookMs: number | null;
  readonly failure: string | null;
}

/** Returns null unless two daemons run; one that was killed recently may not have restarted yet. */
export async function loseLeader(
  way: LeaderLoss,
  { fleet, branches, readLeader }: LossSurroundings,
): Promise<TakeOver | null> {
  fleet.calm();
  const before = await readLeader();
  if (!fleet.arrange(before.pid)) return null;
  const former = fleet.promoteStandby();
  if (former === null) return null;
  fleet.expect('sync/leadership-lost');
  if (way === 'kill') former.signal('SIGKILL');
  else if (way === 'freeze') former.signal('SIGSTOP');
  else if (!(await walksInto(former, traps[way], { branches })))
    return { tookMs: null, failure: `the leader never came to where it is lost (${way})` };
  const patience = new Patience(takeOverLimitMs);
  while ((await readLeader()).epoch === before.epoch) {
    if (patience.tookMs > takeOverPatienceMs)
      return { tookMs: null, failure: `no standby took over within ${takeOverPatienceMs} ms (${way})` };
    await patience.pause(25);
  }
  const { tookMs, allowedMs } = patience;
  const isLate = tookMs > allowedMs;
  return {
    tookMs,
    failure: isLate ? `the standby took over after ${tookMs} ms only, not ${allowedMs} (${way})` : null,
  };
}

/** Gives the daemon work until it reaches the trap; false if it does not. */
async function walksInto(
  daemon: DaemonProcess,
  trap: Trap,
  { branches }: Pick<LossSurroundings, 'branches'>,
): Promise<boolean> {
  const before = await daemon.sprungTraps();
  daemon.arm(trap);
  await branches.mine(1, 6);
  const patience = new Patience(trapPatienceMs);
  while ((await daemon.sprungTraps()) === before) {
    if (patience.isOver) return false;
    await patience.pause(10);
  }
  return true;
}
