/**
 * A *kind* of contract: its ABI, and for each event that does not say enough by itself, the reads that complete it. The application
 * defines its kinds and registers them once, before anything is decoded.
 */
import type { Abi, ContractEventName } from 'viem';
import type { RawLog } from '../rpc/types.ts';
import type { Address, Hash } from '../../primitives/hex.ts';
import type { EventValues } from './abi/types.ts';
import type { ReadPlan } from './read-plan.ts';
import type { ContractKind, Register } from '../register.ts';

export type { ContractKind };

/** The block an event stands in. */
export interface EventBlock {
  readonly chainId: number;
  readonly number: number;
  readonly hash: Hash;
  /** Unix seconds. */
  readonly timestamp: bigint;
}

/** A contract that is indexed, as the ledger records it. */
export interface IndexedContract {
  readonly chainId: number;
  readonly address: Address;
  readonly kind: ContractKind;
  /** The first block whose logs count. */
  readonly startBlock: number;
  /** The factory that made it, or null where the configuration names it. */
  readonly factory: Address | null;
  /** The registry that this contract's `productId`s mean, where that is known. */
  readonly registry: Address | null;
}

/** A decoded log of one ABI's event, as a read plan sees it. */
export interface KindEvent<KindAbi extends Abi, Name extends ContractEventName<KindAbi>> {
  readonly name: Name;
  readonly args: EventValues<KindAbi, Name>;
  readonly log: RawLog;
  readonly block: EventBlock;
  readonly contract: IndexedContract;
}

/** What a factory's event says of the child that it made. */
export interface Child {
  readonly address: Address;
  readonly kind: ContractKind;
  /** The registry that the child's product ids mean, where the event says so. */
  readonly registry: Address | null;
}

/** Plans by event name; an event without one is folded from its log alone. */
export type Plans<KindAbi extends Abi> = {
  readonly [Name in ContractEventName<KindAbi>]?: (event: KindEvent<KindAbi, Name>) => ReadPlan<unknown>;
};

/** For factories: what the event that announces a child says of it, by the event's name. */
export type Children<KindAbi extends Abi> = {
  readonly [Name in ContractEventName<KindAbi>]?: (args: EventValues<KindAbi, Name>) => Child;
};

export interface KindDefinition<KindAbi extends Abi = Abi, KindPlans = object> {
  readonly abi: KindAbi;
  readonly reads: KindPlans;
  readonly children: { readonly [event: string]: ((args: never) => Child) | undefined };
}

/** States a kind with its types kept, so that projections see each event's arguments and answer exactly. */
export function defineKind<const KindAbi extends Abi, const KindPlans extends Plans<KindAbi>>(definition: {
  readonly abi: KindAbi;
  readonly reads: KindPlans;
  readonly children?: Children<KindAbi>;
}): KindDefinition<KindAbi, KindPlans> {
  return { abi: definition.abi, reads: definition.reads, children: definition.children ?? {} };
}

/** The application's definitions by kind. */
type Kinds = Register extends {
  readonly contracts: infer Definitions extends Record<ContractKind, KindDefinition>;
}
  ? Definitions
  : Record<ContractKind, KindDefinition>;

export type EventName<Kind extends ContractKind> = ContractEventName<Kinds[Kind]['abi']>;
export type EventArguments<Kind extends ContractKind, Name extends EventName<Kind>> = EventValues<
  Kinds[Kind]['abi'],
  Name
>;

/** The answer of an event's read plan, or `undefined` for an event that has none. */
export type EventAnswer<
  Kind extends ContractKind,
  Name extends EventName<Kind>,
> = Name extends keyof Kinds[Kind]['reads']
  ? Kinds[Kind]['reads'][Name] extends (event: never) => ReadPlan<infer Answer>
    ? Answer
    : undefined
  : undefined;
