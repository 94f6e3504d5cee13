/** Classifies a difference between a table and the fold of the ledger. */
import type { AnyRow } from '../../projection/entity.ts';
import type { Area } from '../../projection/projection.ts';
import type { RowDifference } from '../rows/compare-rows.ts';
import type { LedgerEvidence } from './ledger-evidence.ts';
import type { AuditedBlock, FindingClass } from './result.ts';

export interface StoredVerdict {
  readonly class: FindingClass;
  readonly evidence: string;
}

/**
 * The journal records what the indexer did to the row. If the ledger has a log whose change the journal lacks, the indexer missed it. If
 * the journal has a change that the row does not show, another writer has overwritten the row, because the same projections fold the same
 * logs to the same row.
 */
export async function classifyDifference(
  evidence: LedgerEvidence,
  area: Area,
  difference: RowDifference,
  block: AuditedBlock,
): Promise<StoredVerdict> {
  if (await evidence.isStale(area)) {
    const reason = 'another version of the area’s projection made its rows; replay --stale re-projects them';
    return { class: 'wrong projection', evidence: reason };
  }
  const { table, id, ledger, stored } = difference;
  const journaled = await evidence.journaledBlocks(table, id, block.number);
  if (ledger === null) {
    const [made] = journaled.toReversed();
    if (made === undefined)
      return await application(evidence, difference, 'the journal does not have the row: no log made it');
    const reason = `the indexer made the row in block ${made}, and the fold of the ledger does not produce it`;
    return { class: 'wrong projection', evidence: reason };
  }
  const last = lastBlockOf(ledger);
  if (!journaled.includes(last)) {
    const what = stored === null ? 'make' : 'change';
    const reason = `the ledger has the log of block ${last}, and the journal has no entry that it did ${what} the row`;
    return { class: 'missed event', evidence: reason };
  }
  const what =
    stored === null
      ? 'inserted the row and has not removed it'
      : `wrote other values to the row in block ${last}`;
  return await application(evidence, difference, `according to the journal the indexer ${what}`);
}

async function application(
  evidence: LedgerEvidence,
  { table, id }: RowDifference,
  reason: string,
): Promise<StoredVerdict> {
  const change = await evidence.applicationChange(table, id);
  const who =
    change === null
      ? 'no trigger recorded who did it'
      : `${change.databaseUser} is recorded to have done it at ${change.changedAt}`;
  return { class: 'application wrote a chain column', evidence: `${reason}; ${who}` };
}

function lastBlockOf(row: AnyRow): number {
  return (row['changedBlockNumber'] ?? row['blockNumber']) as number;
}
