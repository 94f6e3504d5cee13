/** Finds the event of a block that set a row's column, by projecting the block again. */
import { getTableColumns } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { chainTable, type ChainTableName } from '../tables.ts';
import { TraceChainError } from '../../primitives/errors.ts';
import type { Uuid } from '../../primitives/ids.ts';
import type { TracedEvent } from '../projection/trace.ts';
import { storedTable } from '../store/stored-table.ts';
import { type DescribedEvent, describeEvent } from './described-event.ts';
import type { JournalRecord } from './row-history.ts';
import type { JsonText } from './shown-value.ts';
import { type TraceContext, traceBlock, type TracedBlock } from './trace-block.ts';

/** The event that set a column, and the value that the event yields when the block is projected again. */
export interface Attribution {
  readonly event: number | null;
  readonly isFromRead: boolean;
  /** Null if the block cannot be projected again. */
  readonly json: JsonText | null;
}

/** Projects blocks again, each at most once, and numbers the referenced events. */
export class Tracer {
  readonly untraceable: { blockNumber: number; reason: string }[] = [];
  readonly #context: TraceContext;
  readonly #table: ChainTableName;
  readonly #id: Uuid;
  readonly #blocks = new Map<number, TracedBlock | null>();
  readonly #events: DescribedEvent[] = [];
  readonly #numbers = new Map<string, number>();

  constructor(context: TraceContext, table: ChainTableName, id: Uuid) {
    this.#context = context;
    this.#table = table;
    this.#id = id;
  }

  /** The referenced events in chain order, and the position of each event number in that order. */
  ordered(): { readonly events: readonly DescribedEvent[]; readonly positions: readonly number[] } {
    const order = [...this.#events.keys()].toSorted((left, right) =>
      inChainOrder(this.#events[left], this.#events[right]),
    );
    const events = order.flatMap((index) => this.#events[index] ?? []);
    return { events, positions: this.#events.map((_, index) => order.indexOf(index)) };
  }

  sqlType(name: string): string {
    const columns: Readonly<Record<string, PgColumn>> = getTableColumns<PgTable>(
      chainTable(this.#table).table,
    );
    return (
      Object.values(columns)
        .find((column) => column.name === name)
        ?.getSQLType() ?? 'text'
    );
  }

  /** The last event that set the column in the record's block. */
  async attribute({ blockNumber, logIndex }: JournalRecord, name: string): Promise<Attribution> {
    const block = await this.#trace(blockNumber);
    const column = storedTable(this.#table).columns.find((stored) => stored.name === name);
    if (block === null || column === undefined) return { event: null, isFromRead: false, json: null };
    const { property } = column;
    const change = block.events
      .flatMap(({ changes }) => changes)
      .filter(({ id, set }) => id === this.#id && set.includes(property))
      .at(-1);
    // If the fold yields no change, the code has changed since. The journal still has the block's last log that changed the row.
    const cause = change?.logIndex ?? logIndex;
    const traced = block.events.find(({ event }) => event.log.logIndex === cause);
    return {
      event: traced === undefined ? null : this.#number(block, traced),
      isFromRead: change?.fromReads.has(property) ?? false,
      json: change === undefined ? null : column.json(change.after[property] ?? null),
    };
  }

  async #trace(blockNumber: number): Promise<TracedBlock | null> {
    const known = this.#blocks.get(blockNumber);
    if (known !== undefined) return known;
    const block = await this.#tryTrace(blockNumber);
    this.#blocks.set(blockNumber, block);
    return block;
  }

  async #tryTrace(blockNumber: number): Promise<TracedBlock | null> {
    const { client } = this.#context;
    // The savepoint keeps the snapshot usable if PostgreSQL refuses a block below the journal's horizon.
    await client.query('savepoint traced');
    try {
      return await traceBlock(this.#context, blockNumber);
    } catch (error) {
      await client.query('rollback to savepoint traced');
      if (!(error instanceof TraceChainError) && !isRefusal(error)) throw error;
      this.untraceable.push({ blockNumber, reason: error instanceof Error ? error.message : String(error) });
      return null;
    }
  }

  #number(block: TracedBlock, { event }: TracedEvent): number {
    const key = `${event.log.blockNumber} ${event.log.logIndex}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#events.push(describeEvent(event, block.readsOf(event))) - 1;
    this.#numbers.set(key, number);
    return number;
  }
}

/** The SQLSTATE with which `ledger.can_tell_as_of` reports that the rows as of a block are not available. */
const outOfReach = '22023';

function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === outOfReach;
}

function inChainOrder(left: DescribedEvent | undefined, right: DescribedEvent | undefined): number {
  if (left === undefined || right === undefined) return 0;
  return left.blockNumber - right.blockNumber || left.logIndex - right.logIndex;
}
