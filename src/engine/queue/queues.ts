/**
 * The queues, the payload of their jobs, and their policies.
 *
 * The ledger and the cursors are the truth. A wake-up may be lost, duplicated or late without harm, so these queues keep at most one
 * waiting job per chain (pg-boss's policy `short`), and a job states where to look, not what to do.
 */
import type { Queue } from 'pg-boss';
import type { Uuid } from '../../primitives/ids.ts';

export interface QueueJobs {
  /** Ingest has appended blocks: project from the projection cursor on. */
  readonly projection: { readonly chainId: number };
  /** Blocks became final: confirm the movements in them. */
  readonly confirmation: { readonly chainId: number };
  /** Final blocks contain transactions without receipt facts (gas). */
  readonly receipts: { readonly chainId: number };
  /** Rows wait for a link to these products, too many for the batch's transaction. */
  readonly links: { readonly chainId: number; readonly productIds: readonly Uuid[] };
  /** A command waits for the chain's leader. Its row in `ledger.commands` describes it. */
  readonly commands: { readonly chainId: number };
  /** An audit is due. pg-boss's schedules send these jobs. */
  readonly audit: { readonly mode: string };
  /** A maintenance task is due. pg-boss's schedules send these jobs. */
  readonly maintenance: { readonly task: string };
}

export type QueueName = keyof QueueJobs;

/** The queues whose jobs wake the work of a chain. */
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
  // At most one job exists, waiting or running. The next audit finds what this one misses.
  audit: {
    policy: 'exclusive',
    notify: true,
    retryLimit: 0,
    expireInSeconds: 12 * hourSeconds,
    heartbeatSeconds: 60,
    retentionSeconds: 24 * hourSeconds,
    deleteAfterSeconds: 7 * 24 * hourSeconds,
  },
  // At most one job per task exists, waiting or running. Vacuuming a large table takes hours. A process that dies is detected much earlier
  // by its heartbeat, and another process then takes over its job.
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
