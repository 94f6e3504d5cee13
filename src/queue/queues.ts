/**
 * The queues, what their jobs carry, and how they are kept.
 *
 * The ledger and the cursors are the truth; a wake-up is safe to lose, to double and to come late. So those queues keep at most
 * one waiting job a chain (pg-boss's policy `short`), and the job says where to look, not what to do.
 */
import type { Queue } from 'pg-boss';
import type { Uuid } from '../primitives/ids.ts';

export interface QueueJobs {
  /** Ingest appended blocks: fold what the cursor hasn't folded yet. */
  readonly projection: { readonly chainId: number };
  /** Blocks became final: confirm the movements in them. */
  readonly confirmation: { readonly chainId: number };
  /** Final blocks have transactions whose receipts (gas) aren't known yet. */
  readonly receipts: { readonly chainId: number };
  /** Rows still wait for a link to these products: more of them than one batch's transaction would take. */
  readonly links: { readonly chainId: number; readonly productIds: readonly Uuid[] };
}

export type QueueName = keyof QueueJobs;

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
};
