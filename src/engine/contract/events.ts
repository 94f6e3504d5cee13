/** Decoded logs as the fold sees them: in order, each with its transaction's and its block's other events at hand. */
import type { RawLog } from '../rpc/types.ts';
import type { Address } from '../../primitives/hex.ts';
import type {
  ContractKind,
  EventAnswer,
  EventArguments,
  EventBlock,
  EventName,
  IndexedContract,
} from './kind.ts';

/** A decoded event whose kind isn't narrowed yet. */
export interface ChainEvent {
  readonly kind: ContractKind;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly log: RawLog;
  readonly block: EventBlock;
  readonly contract: IndexedContract;
  readonly transaction: TransactionEvents;
  /** What the event's read plan found, or undefined where the event needs no reads. */
  readonly answer: unknown;
}

/** All decoded events of one transaction, in log order. Batches hold whole blocks, so none is ever missing. */
export class TransactionEvents {
  readonly events: ChainEvent[] = [];
  /** Made when first needed: most transactions derive nothing, and a batch has tens of thousands of them. */
  #derived: Map<unknown, unknown> | null = null;
  /** The first of them: mostly the only one, and a map is much for one value. */
  #first: { readonly compute: unknown; readonly value: unknown } | null = null;

  /** A value computed once from the whole transaction; `compute` must be pure and the same function each time. */
  derive<Value>(compute: (events: readonly ChainEvent[]) => Value): Value {
    this.#first ??= { compute, value: compute(this.events) };
    if (this.#first.compute === compute) return this.#first.value as Value;
    this.#derived ??= new Map();
    if (!this.#derived.has(compute)) this.#derived.set(compute, compute(this.events));
    return this.#derived.get(compute) as Value;
  }

  /** The transaction's events of one kind and name, narrowed; of one contract where `address` is given. */
  of<Kind extends ContractKind, Name extends EventName<Kind>>(
    kind: Kind,
    name: Name,
    address?: Address,
  ): TypedEvent<Kind, Name>[] {
    const found = this.events.filter(
      (event) =>
        event.kind === kind &&
        event.name === name &&
        (address === undefined || event.log.address === address),
    );
    return found as unknown as TypedEvent<Kind, Name>[];
  }
}

/** An event whose kind and name are known, with its arguments and its answer typed. */
export interface TypedEvent<Kind extends ContractKind, Name extends EventName<Kind>> extends Omit<
  ChainEvent,
  'kind' | 'name' | 'args' | 'answer'
> {
  readonly kind: Kind;
  readonly name: Name;
  readonly args: EventArguments<Kind, Name>;
  readonly answer: EventAnswer<Kind, Name>;
}

/** A log that is of no use to the fold, and why: it goes to the quarantine. */
export interface UndecodedLog {
  readonly log: RawLog;
  readonly contract: IndexedContract;
  readonly eventName: string | null;
  readonly error: Error;
}

/** A log of an indexed contract whose topic its ABI doesn't have. */
export interface UnknownLog {
  readonly log: RawLog;
  readonly contract: IndexedContract;
}

/** A run of consecutive blocks, decoded. */
export interface DecodedBatch {
  readonly chainId: number;
  readonly events: readonly ChainEvent[];
  readonly undecoded: readonly UndecodedLog[];
  readonly unknown: readonly UnknownLog[];
}
