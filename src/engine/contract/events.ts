/** Decoded logs as the fold sees them: in order, each with access to the other events of its transaction and block. */
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

/** A decoded event whose kind is not narrowed yet. */
export interface ChainEvent {
  readonly kind: ContractKind;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly log: RawLog;
  readonly block: EventBlock;
  readonly contract: IndexedContract;
  readonly transaction: TransactionEvents;
  /** The result of the event's read plan, or undefined if the event has none. */
  readonly answer: unknown;
}

/** All decoded events of one transaction, in log order. Batches contain whole blocks, so the list is complete. */
export class TransactionEvents {
  readonly events: ChainEvent[] = [];
  /** Created on first use: most transactions derive nothing, and a batch has tens of thousands of them. */
  #derived: Map<unknown, unknown> | null = null;
  /** The first derived value. Most transactions have only one, and a map is expensive for a single value. */
  #first: { readonly compute: unknown; readonly value: unknown } | null = null;

  /** Computes a value once per transaction. `compute` must be pure, and the same function on each call. */
  derive<Value>(compute: (events: readonly ChainEvent[]) => Value): Value {
    this.#first ??= { compute, value: compute(this.events) };
    if (this.#first.compute === compute) return this.#first.value as Value;
    this.#derived ??= new Map();
    if (!this.#derived.has(compute)) this.#derived.set(compute, compute(this.events));
    return this.#derived.get(compute) as Value;
  }

  /** The transaction's events of one kind and name, narrowed. With `address`, only those of that contract. */
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

/** An event of a known kind and name, with typed arguments and a typed answer. */
export interface TypedEvent<Kind extends ContractKind, Name extends EventName<Kind>> extends Omit<
  ChainEvent,
  'kind' | 'name' | 'args' | 'answer'
> {
  readonly kind: Kind;
  readonly name: Name;
  readonly args: EventArguments<Kind, Name>;
  readonly answer: EventAnswer<Kind, Name>;
}

/** A log that the fold cannot use, with the reason. It goes to quarantine. */
export interface UndecodedLog {
  readonly log: RawLog;
  readonly contract: IndexedContract;
  readonly eventName: string | null;
  readonly error: Error;
}

/** A log of an indexed contract with a topic that its ABI does not have. */
export interface UnknownLog {
  readonly log: RawLog;
  readonly contract: IndexedContract;
}

/** Consecutive decoded blocks. */
export interface DecodedBatch {
  readonly chainId: number;
  readonly events: readonly ChainEvent[];
  readonly undecoded: readonly UndecodedLog[];
  readonly unknown: readonly UnknownLog[];
}
