/** The contents that a backup is compared by: statements whose output must be the same in both databases. */
import { getTableName } from 'drizzle-orm';
import { type ClientBase, escapeLiteral } from 'pg';
import { chainTable, chainTableNames } from '../engine/tables.ts';
import { digestStatement } from '../engine/store/digest.ts';

export interface ComparedSet {
  readonly check: string;
  /** A `copy … to stdout`. */
  readonly statement: string;
  /** Whether rows of the same blocks may be added later. */
  readonly mayGrow?: true;
}

/** The contents of a chain: its ledger up to a block, and its rows as of that block. */
export function comparedSets(chainId: number, blockNumber: number): ComparedSet[] {
  const ofCanonicalBlocks = (table: string, order: string): string =>
    `copy (select kept.* from ledger.${table} as kept
       join ledger.blocks as block on block.chain_id = kept.chain_id and block.number = kept.block_number
         and block.hash = kept.block_hash and block.is_canonical
       where kept.chain_id = ${chainId} and kept.block_number <= ${blockNumber}
       order by kept.block_number, ${order}) to stdout`;
  return [
    {
      check: 'ledger.blocks',
      statement: `copy (select number, hash, parent_hash, "timestamp", receipts_root, state_root, log_count from ledger.blocks
        where chain_id = ${chainId} and number <= ${blockNumber} and is_canonical order by number) to stdout`,
    },
    { check: 'ledger.logs', statement: ofCanonicalBlocks('logs', 'kept.log_index') },
    { check: 'ledger.reads', statement: ofCanonicalBlocks('reads', 'kept.request_key'), mayGrow: true },
    ...chainTableNames().map((name) => ({
      check: `public.${getTableName(chainTable(name).table)}`,
      statement: digestStatement(name, chainId, blockNumber),
    })),
  ];
}

/** Changes have the time of their transaction's start, and become visible at its end: no transaction is longer than this. */
const longestTransaction = `interval '1 hour'`;

/**
 * The history of the application's changes that both databases still have: from the retention horizon to shortly before the backup. It
 * can't be rebuilt from the chain, and it is append-only.
 */
export async function applicationHistory(ours: ClientBase, restored: ClientBase): Promise<ComparedSet> {
  const bounds = await Promise.all([ours, restored].map(async (client) => await boundsOf(client)));
  const from = bounds.reduce((latest, { from: each }) => (each > latest ? each : latest), '');
  const to = bounds.reduce((earliest, { to: each }) => (each < earliest ? each : earliest), '9999');
  return {
    check: 'application changes',
    statement: `copy (select * from ledger.application_changes
      where changed_at >= ${escapeLiteral(from)} and changed_at <= ${escapeLiteral(to)} order by changed_at, sequence) to stdout`,
  };
}

/** The bounds as text in one format, so that their order is that of the text. */
async function boundsOf(client: ClientBase): Promise<{ readonly from: string; readonly to: string }> {
  const form = `'YYYY-MM-DD"T"HH24:MI:SS.USZ'`;
  const { rows } = await client.query<{ from: string; to: string }>(
    `select to_char(coalesce((select min(changed_at) from ledger.application_changes), '2000-01-01Z'), ${form}) as from,
       to_char(coalesce((select max(heartbeat_at) from ledger.heartbeats), (select max(updated_at) from ledger.cursors), '2000-01-01Z')
         - ${longestTransaction}, ${form}) as to`,
  );
  return rows[0] ?? { from: '2000', to: '2000' };
}
