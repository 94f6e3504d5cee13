/** Writes the journal: for every changed row and block, the previous values of the chain-owned columns. */
import type { ClientBase } from 'pg';
import { type CopyColumn, encodeRows, plainColumn, sendRows } from '../../db/copy.ts';
import type { CopyText } from '../../db/copy-text.ts';
import { ensurePartitions } from '../ledger/partitions.ts';
import type { BlockRange } from '../../primitives/interval.ts';
import { runCooperatively, type CooperativeSteps } from '../../primitives/steps.ts';
import type { JournalEntry } from '../projection/journal.ts';
import { storedTable } from './stored-table.ts';
import type { Write } from './writes.ts';

const operationCodes = { insert: 'I', update: 'U' } as const satisfies Record<
  JournalEntry['operation'],
  string
>;
/** The cause "block", as opposed to a reorg, a replay or a repair. */
const blockCause = 0;

/** Encodes journal entries. Yields no write if there are no entries. */
export function* prepareJournal(
  chainId: number,
  entries: readonly JournalEntry[],
): CooperativeSteps<Write[]> {
  const blocks = blocksOf(entries);
  if (blocks === null) return [];
  const encoded = yield* encodeRows('ledger.journal', journalColumns(chainId), entries);
  return [
    async (client) => {
      await ensurePartitions(client, chainId, blocks);
      await sendRows(client, encoded);
    },
  ];
}

/** Encodes and writes journal entries without yielding, into another relation with the journal's columns. */
export async function copyJournalInto(
  client: ClientBase,
  relation: string,
  chainId: number,
  entries: readonly JournalEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  await sendRows(client, await runCooperatively(encodeRows(relation, journalColumns(chainId), entries)));
}

function blocksOf(entries: readonly JournalEntry[]): BlockRange | null {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const { blockNumber } of entries) {
    if (blockNumber < from) from = blockNumber;
    if (blockNumber > to) to = blockNumber;
  }
  return entries.length === 0 ? null : { from, to };
}

function journalColumns(chainId: number) {
  return [
    plainColumn<JournalEntry>('chain_id', () => chainId),
    plainColumn<JournalEntry>('block_number', (entry) => entry.blockNumber),
    plainColumn<JournalEntry>('table_id', (entry) => storedTable(entry.table).id),
    plainColumn<JournalEntry>('row_id', (entry) => entry.rowId),
    plainColumn<JournalEntry>('operation', (entry) => operationCodes[entry.operation]),
    plainColumn<JournalEntry>('log_index', (entry) => entry.logIndex),
    plainColumn<JournalEntry>('cause', () => blockCause),
    { name: 'before', write: writeImage } satisfies CopyColumn<JournalEntry>,
  ];
}

/** Writes the image in the format of `to_jsonb`. Numbers are exact, so `jsonb_populate_record` restores every value. */
function writeImage({ table, before }: JournalEntry, out: CopyText): void {
  if (before === null) return out.none();
  const stored = storedTable(table);
  let separator = '{';
  for (const property of Object.keys(before)) {
    const column = stored.column(property);
    out.plain(separator);
    out.plain(column.jsonKey);
    column.writeJson(before[property] ?? null, out);
    separator = ',';
  }
  out.plain(separator === '{' ? '{}' : '}');
}
