/** Waits until the daemon has no work left. */
import type { Client } from 'pg';
import { Patience } from '../../support/patience.ts';

const intervalMs = 40;

/** It runs often, so it is cheap. */
const cursorsQuery = `
  select (select encode(block_hash, 'hex') from ledger.cursors where stream = 'ingest') as ingested,
         (select encode(block_hash, 'hex') from ledger.cursors where stream = 'projection') as projected,
         (select string_agg(stream || ' ' || block_number, ', ') from ledger.cursors) as cursors,
         (select string_agg(stream || ' at ' || block_number || ': ' || error, '; ') from ledger.parked) as parked`;

interface Cursors {
  readonly ingested: string | null;
  readonly projected: string | null;
  readonly cursors: string | null;
  readonly parked: string | null;
}

const lateQuery = `
  select (select count(*)::int from trace_token_transactions, ledger.chains where block_number <= final_number and status = 'pending')
         + (select count(*)::int from escrow_transactions, ledger.chains where block_number <= final_number and status = 'pending')
           as unconfirmed,
         (select count(*)::int from trace_token_transactions, ledger.chains where block_number <= final_number and gas_used is null)
           as "withoutGas"`;

/** Columns of final blocks' movements that are filled after their rows. */
interface Late {
  readonly unconfirmed: number;
  readonly withoutGas: number;
}

/** Diagnostic output for a failure. */
const stuckQuery = `
  select (select latch_reason from ledger.chains) as latched,
         (select string_agg(name || ' ' || state || ' ' || retry_count || ' ' || coalesce(left(output::text, 300), ''), ', ')
            from pgboss.job where name not like '\\_\\_%' and state <> 'completed') as jobs`;

export interface HeadBlock {
  readonly number: number;
  readonly hash: string;
}

export interface ConvergenceOptions {
  readonly connect: () => Promise<Client>;
  readonly head: HeadBlock;
  /** Milliseconds without progress until the wait fails. */
  readonly patienceMs: number;
  readonly isHopeless?: () => boolean;
}

/**
 * Returns null once everything up to this block is written, including late columns. Returns the reason after
 * `patienceMs` without progress.
 */
export async function awaitConvergence({
  connect,
  head,
  patienceMs,
  isHopeless = () => false,
}: ConvergenceOptions): Promise<string | null> {
  const patience = new Patience(patienceMs);
  let last = '';
  while (!patience.isOver && !isHopeless()) {
    const cursors = await ask<Cursors>(connect, cursorsQuery);
    if (cursors !== null) {
      if (cursors.parked !== null) return `parked: ${cursors.parked}`;
      const late = isAt(cursors, head) ? await ask<Late>(connect, lateQuery) : null;
      if (late !== null && late.unconfirmed === 0 && late.withoutGas === 0) return null;
      const reached = JSON.stringify({ ...cursors, ...late });
      if (reached !== last) patience.renew();
      last = reached;
    }
    await patience.pause(intervalMs);
  }
  const stuck = JSON.stringify(await ask(connect, stuckQuery));
  return `it didn't converge, nor come further for ${patience.tookMs} ms: wanted ${head.number} ${head.hash}, ${last || 'the database could not be asked'}, ${stuck}`;
}

/**
 * Waits a short time until the rows up to this block are written. A daemon that needs longer meets the next
 * step in the middle of its work.
 */
export async function awaitRows({
  connect,
  head,
  patienceMs,
  isHopeless = () => false,
}: ConvergenceOptions): Promise<void> {
  const patience = new Patience(patienceMs);
  while (!patience.isOver && !isHopeless()) {
    const cursors = await ask<Cursors>(connect, cursorsQuery);
    if (cursors !== null && isAt(cursors, head)) return;
    await patience.pause(intervalMs);
  }
}

function isAt({ ingested, projected }: Cursors, { hash }: HeadBlock): boolean {
  return ingested === hash.slice(2) && projected === hash.slice(2);
}

async function ask<Row extends object>(connect: () => Promise<Client>, query: string): Promise<Row | null> {
  try {
    const client = await connect();
    const { rows } = await client.query<Row>(query);
    return rows[0] ?? null;
  } catch {
    // The database may be restarting; the deadline limits the wait.
    return null;
  }
}
