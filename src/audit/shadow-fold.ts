/**
 * The ledger folded once more, in memory: the rows as the logs and reads that are kept say they should be. The same projections
 * as the daemon's, over the same batches, but a store that nobody else can have written to.
 *
 * What it holds grows with the rows: about a kilobyte and a half each, so half a million rows in less than a gigabyte.
 */
import type { ClientBase } from 'pg';
import type { ContractSet } from '../contracts/contract-set.ts';
import { decodeBatch } from '../contracts/decode-batch.ts';
import type { ChainEvent, DecodedBatch } from '../contracts/events.ts';
import { chainTableNames, type ChainTableName } from '../db/ownership.ts';
import { loadBatch, type MiscountedBlock } from '../ledger/load-batch.ts';
import type { Uuid } from '../primitives/ids.ts';
import { givingWay } from '../primitives/steps.ts';
import {
  foldStepwise,
  type LoadedRow,
  type ProjectionSet,
  wantedBy,
  type WantedRows,
} from '../projections/fold/fold.ts';
import type { Lookup, LookupKey } from '../projections/fold/projection.ts';
import { type AnyRow, lookupText } from '../projections/fold/rows.ts';
import type { Reference } from './claim.ts';

export class ShadowRows implements Reference {
  readonly #tables = new Map<ChainTableName, Map<Uuid, AnyRow>>(
    chainTableNames.map((name) => [name, new Map()]),
  );
  readonly #lookups: readonly Lookup[];
  readonly #answers = new Map<string, Set<Uuid>>();
  readonly #indexes = new Map<string, ReadonlyMap<unknown, readonly AnyRow[]>>();

  constructor(lookups: readonly Lookup[]) {
    this.#lookups = lookups;
  }

  table(name: ChainTableName): ReadonlyMap<Uuid, AnyRow> {
    return this.#rowsOf(name);
  }

  row(table: ChainTableName, id: Uuid): AnyRow | undefined {
    return this.#rowsOf(table).get(id);
  }

  /** Sorted out by the column once, when first asked: nothing is added any more by then. */
  where(table: ChainTableName, property: string, value: string | bigint): readonly AnyRow[] {
    const name = `${table}.${property}`;
    let index = this.#indexes.get(name);
    if (index === undefined) {
      index = groupBy([...this.#rowsOf(table).values()], property);
      this.#indexes.set(name, index);
    }
    return index.get(value) ?? [];
  }

  put(table: ChainTableName, row: AnyRow): void {
    const id = row['id'] as Uuid;
    this.#rowsOf(table).set(id, row);
    for (const question of this.#lookups) {
      if (question.table !== table) continue;
      const key = question.columns.map((column) => row[column]);
      if (key.includes(null)) continue;
      const text = lookupText(question, key as LookupKey);
      const ids = this.#answers.get(text) ?? new Set();
      this.#answers.set(text, ids.add(id));
    }
  }

  /** What a batch needs of what there is; a row that no longer answers a lookup does no harm. */
  load({ rows, lookups }: WantedRows): LoadedRow[] {
    const loaded = new Map<Uuid, LoadedRow>();
    const add = (table: ChainTableName, id: Uuid): void => {
      const row = this.row(table, id);
      if (row !== undefined) loaded.set(id, { table, row });
    };
    for (const [table, ids] of rows) for (const id of ids) add(table, id);
    for (const [text, { question }] of lookups)
      for (const id of this.#answers.get(text) ?? []) add(question.table, id);
    return [...loaded.values()];
  }

  #rowsOf(name: ChainTableName): Map<Uuid, AnyRow> {
    let rows = this.#tables.get(name);
    if (rows === undefined) this.#tables.set(name, (rows = new Map()));
    return rows;
  }
}

export interface ShadowFold {
  readonly chainId: number;
  readonly contracts: ContractSet;
  readonly projections: ProjectionSet;
  /** The blocks after this one, up to and including that. */
  readonly after: number;
  readonly upTo: number;
  /** Told of every event, in the chain's order. */
  readonly onEvent: (event: ChainEvent) => void;
  /** Told of a block of which the ledger holds more or fewer logs than it was taken in with. */
  readonly onMiscounted: (block: MiscountedBlock) => void;
  /** Brings rows from before `after`; what it gives is put among the rows. */
  readonly loadEarlier?: (wanted: WantedRows) => Promise<readonly LoadedRow[]>;
  readonly signal?: AbortSignal | undefined;
}

const batchLogs = 10_000;
const batchBlocks = 1_000_000;

/** Folds a stretch of the ledger into the rows. */
export async function foldLedger(client: ClientBase, rows: ShadowRows, options: ShadowFold): Promise<void> {
  const { chainId, upTo, onMiscounted } = options;
  let { after } = options;
  while (after < upTo) {
    options.signal?.throwIfAborted();
    const bounds = { chainId, after, upTo, maximumLogs: batchLogs, maximumBlocks: batchBlocks, onMiscounted };
    const batch = await loadBatch(client, bounds);
    if (batch === null) break;
    after = batch.to.number;
    const decoded = decodeBatch(batch, options.contracts);
    for (const event of decoded.events) options.onEvent(event);
    await foldBatch(decoded, rows, options);
  }
}

async function foldBatch(
  decoded: DecodedBatch,
  rows: ShadowRows,
  { projections, loadEarlier }: ShadowFold,
): Promise<void> {
  const wanted = wantedBy(decoded, projections);
  for (const { table, row } of (await loadEarlier?.(wanted)) ?? [])
    if (rows.row(table, row['id'] as Uuid) === undefined) rows.put(table, row);
  const effect = await givingWay(foldStepwise(decoded, projections, wanted, rows.load(wanted)));
  for (const { table, inserted, updated } of effect.changes) {
    for (const row of inserted) rows.put(table, row);
    for (const row of updated) rows.put(table, row);
  }
}

/** By a column's value, each group in the chain's order. */
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

export function inChainOrder(left: AnyRow, right: AnyRow): number {
  return (
    (left['blockNumber'] as number) - (right['blockNumber'] as number) ||
    (left['logIndex'] as number) - (right['logIndex'] as number)
  );
}
