/**
 * The queues, what their jobs carry, and how they are kept.
 *
 * The ledger and the cursors are the truth; a wake-up is safe to lose, to double and to come late. So those queues keep at most
 * one waiting job a chain (pg-boss's policy `short`), and the job says where to look, not what to do.
 */
import type { Queue } from 'pg-boss';
import type { Uuid } from '../../primitives/ids.ts';

export interface QueueJobs {
  /** Ingest appended blocks: fold what the cursor hasn't folded yet. */
  readonly projection: { readonly chainId: number };
  /** Blocks became final: confirm the movements in them. */
  readonly confirmation: { readonly chainId: number };
  /** Final blocks have transactions whose receipts (gas) aren't known yet. */
  readonly receipts: { readonly chainId: number };
  /** Rows still wait for a link to these products: more of them than one batch's transaction would take. */
  readonly links: { readonly chainId: number; readonly productIds: readonly Uuid[] };
  /** A command waits for the chain's leader: what it is, its row in `ledger.commands` says. */
  readonly commands: { readonly chainId: number };
  /** An audit is due; pg-boss's own schedules send these. */
  readonly audit: { readonly mode: string };
  /** A maintenance task is due; pg-boss's own schedules send these. */
  readonly maintenance: { readonly task: string };
}

export type QueueName = keyof QueueJobs;

/** The queues whose jobs wake up a chain's work. */
export type ChainQueueName = {
  [Name in QueueName]: QueueJobs[Name] extends { readonly chainId: number } ? Name : never;
}[QueueName];

const hourSeconds = 3600;

const wakeUp: Omit<Queue, 'name'> = {
  policy: 'short',
  notify: true,
  retryLimit: 3,
  retryDelay: 1,
  retryBackoff: true,
  expireInSeconds: hourSeconds,
  retentionSeconds: 24 * hourSeconds,
  deleteAfterSeconds: hourSeconds,
};

export const queues: Readonly<Record<QueueName, Omit<Queue, 'name'>>> = {
  projection: wakeUp,
  confirmation: wakeUp,
  receipts: wakeUp,
  links: { ...wakeUp, policy: 'standard' },
  commands: wakeUp,
  // One waits or runs, never two: the next finds what this one doesn't.
  audit: {
    policy: 'exclusive',
    notify: true,
    retryLimit: 0,
    expireInSeconds: 12 * hourSeconds,
    heartbeatSeconds: 60,
    retentionSeconds: 24 * hourSeconds,
    deleteAfterSeconds: 7 * 24 * hourSeconds,
  },
  // One of a task waits or runs, never two. Vacuuming a large table takes its hours; a process that dies is noticed by
  // its heartbeat long before, and what it was at is then given to another.
  maintenance: {
    policy: 'exclusive',
    notify: true,
    retryLimit: 2,
    retryDelay: 60,
    retryBackoff: true,
    expireInSeconds: 23 * hourSeconds,
    heartbeatSeconds: 60,
    retentionSeconds: 24 * hourSeconds,
    deleteAfterSeconds: 7 * 24 * hourSeconds,
  },
};

export const queueNames: readonly QueueName[] = Object.keys(queues).filter(
  (name): name is QueueName => name in queues,
);

/** Whether each chain has a queue of its own. Maintenance is the database's: one daemon of any chain does it for all. */
export function isPerChain(name: QueueName): boolean {
  return name !== 'maintenance';
}
