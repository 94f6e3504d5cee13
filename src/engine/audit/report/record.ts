/** Records reports in a chain: each names its predecessor. */
import type { Pool } from 'pg';
import { withTransaction } from '../../../db/client.ts';

export interface RecordedReport {
  readonly chainId: number;
  readonly block: number;
  readonly blockHash: string;
  /** In hex. */
  readonly sha256: string;
  readonly publicKey: string;
  readonly findings: number;
}

/**
 * Calls `make` with the hash of the chain's last report (null for the first), and records the report that it returns as the next one.
 * Concurrent calls run one after the other. If `make` throws, nothing is recorded.
 */
export async function recordNextReport<Report extends RecordedReport>(
  pool: Pool,
  chainId: number,
  make: (previous: string | null) => Promise<Report>,
): Promise<Report> {
  return await withTransaction(pool, async (client) => {
    await client.query(`select pg_advisory_xact_lock(hashtextextended('ledger.audit_reports', $1))`, [
      chainId,
    ]);
    const { rows } = await client.query<{ hash: string }>(
      `select encode(report_hash, 'hex') as hash from ledger.audit_reports where chain_id = $1 order by id desc limit 1`,
      [chainId],
    );
    const previous = rows[0]?.hash ?? null;
    const report = await make(previous);
    await client.query(
      `insert into ledger.audit_reports (chain_id, block_number, block_hash, report_hash, previous_report_hash, public_key, findings)
       values ($1, $2, decode($3, 'hex'), decode($4, 'hex'), decode($5, 'hex'), $6, $7)`,
      [
        chainId,
        report.block,
        report.blockHash.slice(2),
        report.sha256,
        previous,
        report.publicKey,
        report.findings,
      ],
    );
    return report;
  });
}
