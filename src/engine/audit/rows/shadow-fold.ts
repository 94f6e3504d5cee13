/**
 * Folds the ledger again in memory, to the rows that its logs and recorded reads determine. It uses the same projections and batches as the
 * daemon, but a store that no other writer can change.
 */
import type { ClientBase } from 'pg';
import type { ContractSet } from '../../contract/contract-set.ts';
import type { ChainEvent } from '../../contract/events.ts';
import type { ChainTableName } from '../../tables.ts';
import { loadBatch, type MiscountedBlock } from '../../ledger/load-batch.ts';
import type { ProjectionSet } from '../../projection/projection-set.ts';
import type { AnyRow } from '../../projection/entity.ts';
import { MemoryRows } from '../../projection/memory-rows.ts';
import { projectLedger } from '../../projection/project-ledger.ts';
import type { Reference } from '../expectations/entity-kind.ts';

/** Rows in memory, with indexes for lookups by column value. */
export class ShadowRows extends MemoryRows implements Reference {
  readonly #indexes = new Map<string, ReadonlyMap<unknown, readonly AnyRow[]>>();

  /** Built on the first lookup, when no more rows are added. */
  where(table: ChainTableName, property: string, value: string | bigint): readonly AnyRow[] {
    const name = `${table}.${property}`;
    let index = this.#indexes.get(name);
    if (index === undefined) {
      index = groupBy([...this.table(table).values()], property);
      this.#indexes.set(name, index);
    }
    return index.get(value) ?? [];
  }
}

export interface ShadowFold {
  readonly chainId: number;
  readonly contracts: ContractSet;
  readonly projections: ProjectionSet;
  /** The range of blocks: after `after`, up to and including `upTo`. */
  readonly after: number;
  readonly upTo: number;
  /** Called for every event, in chain order. */
  readonly onEvent: (event: ChainEvent) => void;
  /** Called for a block whose number of logs in the ledger differs from that at ingestion. */
  readonly onMiscounted: (block: MiscountedBlock) => void;
  readonly signal?: AbortSignal | undefined;
}

const batchLogs = 10_000;
const batchBlocks = 1_000_000;

/** Folds a range of the ledger into the rows. */
export async function foldLedger(client: ClientBase, rows: ShadowRows, options: ShadowFold): Promise<void> {
  const { chainId, upTo, onMiscounted, onEvent } = options;
  const bounds = { chainId, upTo, maximumLogs: batchLogs, maximumBlocks: batchBlocks, onMiscounted };
  const read = async (after: number) => await loadBatch(client, { ...bounds, after });
  for await (const { decoded, effect } of projectLedger({ ...options, read, rows })) {
    for (const event of decoded.events) onEvent(event);
    rows.save(effect);
  }
}

/** Groups by a column's value, each group in chain order. */
function groupBy(rows: readonly AnyRow[], property: string): ReadonlyMap<unknown, readonly AnyRow[]> {
  const groups = new Map<unknown, AnyRow[]>();
  for (const row of rows) {
    const value = row[property];
    const group = groups.get(value);
    if (group === undefined) groups.set(value, [row]);
    else group.push(row);
  }
  for (const group of groups.values()) group.sort(inChainOrder);
  return groups;
}

/** A comparison function for sorting rows in chain order. */
export function inChainOrder(left: AnyRow, right: AnyRow): number {
  return (
    (left['blockNumber'] as number) - (right['blockNumber'] as number) ||
    (left['logIndex'] as number) - (right['logIndex'] as number)
  );
}
