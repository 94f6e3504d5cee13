/** A journal of many entries, made by the database itself: what a long life leaves, without the life. */
import type { ClientBase } from 'pg';

/** So many entries share a time, as those of a batch do. */
const batchEntries = 100;
/** Entries in one block. */
const blockEntries = 10;

/**
 * Fills the journal of chain 1 with so many entries of checkpoints, five changes a row, in batches a minute apart from the begin of
 * 2024 (UTC) on, and gathers statistics of it. The rows themselves aren't made.
 */
export async function fillJournal(client: ClientBase, entries: number): Promise<void> {
  await client.query('select ledger.ensure_partitions(1, $1, 0)', [Math.ceil(entries / blockEntries)]);
  await client.query(
    `insert into ledger.journal (chain_id, block_number, table_id, row_id, operation, log_index, cause, before, recorded_at)
     select 1, n / ${blockEntries}, 3, md5('row ' || n % greatest($1 / 5, 1))::uuid, case when n < $1 / 5 then 'I' else 'U' end,
       n % ${blockEntries}, 0,
       case when n >= $1 / 5 then jsonb_build_object(
         'notes', 'before ' || n, 'changed_block_number', n / ${blockEntries}, 'changed_log_index', n % ${blockEntries},
         'changed_block_hash', '0x' || md5('block ' || n / ${blockEntries}) || md5('hash ' || n / ${blockEntries}),
         'changed_transaction_hash', '0x' || md5('transaction ' || n) || md5('hash ' || n)) end,
       timestamptz '2024-01-01 00:00Z' + (n / ${batchEntries}) * interval '1 minute'
     from generate_series(0, $1 - 1) as n`,
    [entries],
  );
  await client.query('analyze ledger.journal');
}
