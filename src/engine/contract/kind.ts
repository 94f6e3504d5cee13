/**
 * A *kind* of contract: its ABI, and the reads of each event whose log alone is not sufficient. The application defines its kinds and
 * registers them once, before any decoding.
 */
import type { Abi, ContractEventName } from 'viem';
import type { RawLog } from '../rpc/types.ts';
import type { Address, Hash } from '../../primitives/hex.ts';
import type { EventValues } from './abi/types.ts';
import type { ReadPlan } from './read-plan.ts';
import type { ContractKind, Register } from '../register.ts';
import { InvariantError } from '../../primitives/errors.ts';

export type { ContractKind };

/** The block of an event. */
export interface EventBlock {
  readonly chainId: number;
  readonly number: number;
  readonly hash: Hash;
  /** Seconds since 1970. */
  readonly timestamp: bigint;
}

/** An indexed contract, as stored in the ledger. */
export interface IndexedContract {
  readonly chainId: number;
  readonly address: Address;
  readonly kind: ContractKind;
  /** The first block whose logs are indexed. */
  readonly startBlock: number;
  /** The factory that created the contract, or null if it is configured. */
  readonly factory: Address | null;
  /** The registry that this contract's `productId`s refer to, if known. */
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

/** The child contract that a factory's event announces. */
export interface Child {
  readonly address: Address;
  readonly kind: ContractKind;
  /** The registry that the child's product ids refer to, if the event names it. */
  readonly registry: Address | null;
}

/** Read plans by event name. An event without a plan is folded from its log alone. */
export type Plans<KindAbi extends Abi> = {
  readonly [Name in ContractEventName<KindAbi>]?: (event: KindEvent<KindAbi, Name>) => ReadPlan<unknown>;
};

/** For factories, by event name: a function that extracts the announced child from the event. */
export type Children<KindAbi extends Abi> = {
  readonly [Name in ContractEventName<KindAbi>]?: (args: EventValues<KindAbi, Name>) => Child;
};

/** The key by which a contract's configuration names a product registry: that of its own product ids, or that of its children's. */
export type RegistryKey = 'registry' | 'childRegistry';

export interface KindDefinition<KindAbi extends Abi = Abi, KindPlans = object> {
  readonly abi: KindAbi;
  readonly reads: KindPlans;
  readonly children: { readonly [event: string]: ((args: never) => Child) | undefined };
  /** Null for a kind whose configuration names no registry. */
  readonly registryKey: RegistryKey | null;
}

/** Defines a kind and preserves its types, so that projections see the exact types of each event's arguments and answer. */
export function defineKind<const KindAbi extends Abi, const KindPlans extends Plans<KindAbi>>(definition: {
  readonly abi: KindAbi;
  readonly reads: KindPlans;
  readonly children?: Children<KindAbi>;
  /** For a kind whose product ids mean nothing without a registry that the configuration names. */
  readonly registryKey?: RegistryKey;
}): KindDefinition<KindAbi, KindPlans> {
  const { abi, reads, children = {}, registryKey = null } = definition;
  return { abi, reads, children, registryKey };
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

/** The answer of an event's read plan, or `undefined` for an event without one. */
export type EventAnswer<
  Kind extends ContractKind,
  Name extends EventName<Kind>,
> = Name extends keyof Kinds[Kind]['reads']
  ? Kinds[Kind]['reads'][Name] extends (event: never) => ReadPlan<infer Answer>
    ? Answer
    : undefined
  : undefined;

const definitions = new Map<string, KindDefinition>();

/** Registers kinds by name. A later registration of the same name replaces the earlier one. */
export function registerContracts(added: Readonly<Record<string, KindDefinition>>): void {
  for (const [kind, definition] of Object.entries(added)) definitions.set(kind, definition);
}

/** The definition of a kind. Throws an InvariantError if no module registered it. */
export function definitionOf(kind: ContractKind): KindDefinition {
  const found = definitions.get(kind);
  if (found !== undefined) return found;
  const known = [...definitions.keys()].join(', ') || 'none';
  throw new InvariantError(`the contract kind ${kind} is not registered; registered: ${known}`, {
    fix: 'Import the module that registers it before anything is decoded.',
  });
}
