/** Waits until the daemon has nothing left to do. */
import type { Client } from 'pg';
import { sleep } from '../../../src/primitives/time.ts';

const intervalMs = 40;

interface Progress {
  readonly ingested: string | null;
  readonly projected: string | null;
  readonly parked: string | null;
  readonly latched: string | null;
  /** Movements of final blocks that aren't confirmed. */
  readonly unconfirmed: number;
  /** Token movements of final blocks without their gas. */
  readonly withoutGas: number;
  /** Streams' cursors and the queue's jobs, for whoever reads a failure. */
  readonly cursors: string | null;
  readonly jobs: string | null;
}

const progressQuery = `
  select (select encode(block_hash, 'hex') from ledger.cursors where stream = 'ingest') as ingested,
         (select encode(block_hash, 'hex') from ledger.cursors where stream = 'projection') as projected,
         (select string_agg(stream || ' at ' || block_number || ': ' || error, '; ') from ledger.parked) as parked,
         (select latch_reason from ledger.chains) as latched,
         (select count(*)::int from trace_token_transactions, ledger.chains where block_number <= final_number and status = 'pending')
         + (select count(*)::int from escrow_transactions, ledger.chains where block_number <= final_number and status = 'pending')
           as unconfirmed,
         (select count(*)::int from trace_token_transactions, ledger.chains where block_number <= final_number and gas_used is null)
           as "withoutGas",
         (select string_agg(stream || ' ' || block_number, ', ') from ledger.cursors) as cursors,
         (select string_agg(name || ' ' || state || ' ' || retry_count || ' ' || coalesce(left(output::text, 300), ''), ', ')
            from pgboss.job where name not like '\\_\\_%' and state <> 'completed') as jobs`;

export interface HeadBlock {
  readonly number: number;
  readonly hash: string;
}

/**
 * Null once everything up to this block is there, its late columns too; else why it isn't, after so long without progress (or so long
 * altogether, unless it is extended by progress).
 */
export async function awaitConvergence(
  connect: () => Promise<Client>,
  head: HeadBlock,
  patienceMs: number,
  isHopeless: () => boolean = () => false,
  isExtended = true,
): Promise<string | null> {
  let deadline = performance.now() + patienceMs;
  let seen = 'the database could not be asked';
  let last = '';
  while (performance.now() < deadline && !isHopeless()) {
    const progress = await ask(connect);
    if (progress !== null) {
      const reached = `${progress.cursors} ${progress.unconfirmed} ${progress.withoutGas}`;
      if (isExtended && reached !== last) deadline = performance.now() + patienceMs;
      last = reached;
      const wanted = head.hash.slice(2);
      const { ingested, projected, parked, unconfirmed, withoutGas } = progress;
      if (parked !== null) return `parked: ${parked}`;
      const isLate = unconfirmed > 0 || withoutGas > 0;
      if (ingested === wanted && projected === wanted && !isLate) return null;
      seen = JSON.stringify({ wanted: head, ...progress });
    }
    await sleep(intervalMs);
  }
  return `it didn't converge, nor come further for ${patienceMs} ms: ${seen}`;
}

async function ask(connect: () => Promise<Client>): Promise<Progress | null> {
  try {
    const client = await connect();
    const { rows } = await client.query<Progress>(progressQuery);
    return rows[0] ?? null;
  } catch {
    // The database may be on its way back; the deadline says when that is too long.
    return null;
  }
}
