/** One log of an indexed contract, decoded by its kind's ABI. */
import type { RawLog } from '../rpc/types.ts';
import type { Hash } from '../../primitives/hex.ts';
import { DecodeError } from './abi/decode-error.ts';
import { compileEventDecoder, eventTopics, type EventDecoder } from './abi/event.ts';
import type { ContractSet } from './contract-set.ts';
import type { ChainEvent, UndecodedLog, UnknownLog } from './events.ts';
import type { Child, ContractKind, EventBlock } from './kind.ts';
import { definitionOf } from './definitions.ts';
import type { ReadPlan } from './read-plan.ts';

/** An event before its transaction's others, and what its reads found, are known. */
export type LoggedEvent = Omit<ChainEvent, 'transaction' | 'answer'>;

export type DecodedLog =
  | { readonly status: 'event'; readonly event: LoggedEvent }
  | { readonly status: 'undecoded'; readonly undecoded: UndecodedLog }
  | { readonly status: 'unknown'; readonly unknown: UnknownLog };

/** What a kind is to this room, its types forgotten. */
interface CompiledKind {
  readonly decode: EventDecoder;
  readonly names: ReadonlyMap<Hash, string>;
  readonly plans: ReadonlyMap<string, (event: LoggedEvent) => ReadPlan<unknown>>;
  readonly children: ReadonlyMap<string, (args: LoggedEvent['args']) => Child>;
}

const compiledKinds = new Map<ContractKind, CompiledKind>();

/** Compiled when it is first needed, so that a command that decodes nothing starts at once. */
export function compiledKind(kind: ContractKind): CompiledKind {
  const known = compiledKinds.get(kind);
  if (known !== undefined) return known;
  const { abi, reads, children } = definitionOf(kind);
  const compiled = {
    decode: compileEventDecoder(abi),
    names: new Map([...eventTopics(abi)].map(([name, topic]) => [topic, name])),
    // Each is only ever called with events of its own name, decoded by the ABI that typed it.
    plans: new Map(Object.entries(reads)) as unknown as CompiledKind['plans'],
    children: new Map(Object.entries(children)) as unknown as CompiledKind['children'],
  };
  compiledKinds.set(kind, compiled);
  return compiled;
}

/** Null for a log of a contract that isn't indexed, or not yet in that block. */
export function decodeLog(log: RawLog, block: EventBlock, contracts: ContractSet): DecodedLog | null {
  const contract = contracts.at(log.address, block.number);
  if (contract === undefined) return null;
  const { kind } = contract;
  const { decode, names } = compiledKind(kind);
  try {
    const decoded = decode(log.topics, log.data);
    if (decoded === null) return { status: 'unknown', unknown: { log, contract } };
    return { status: 'event', event: { kind, name: decoded.name, args: decoded.args, log, block, contract } };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const [topic] = log.topics;
    const eventName = topic === undefined ? null : (names.get(topic) ?? null);
    return { status: 'undecoded', undecoded: { log, contract, eventName, error } };
  }
}
