/** Decodes one log of an indexed contract with the ABI of its kind. */
import type { RawLog } from '../rpc/types.ts';
import type { Hash } from '../../primitives/hex.ts';
import { DecodeError } from './abi/decode-error.ts';
import { compileEventDecoder, eventTopics, type EventDecoder } from './abi/event.ts';
import type { ContractSet } from './contract-set.ts';
import type { ChainEvent, UndecodedLog, UnknownLog } from './events.ts';
import { type Child, type ContractKind, type EventBlock, definitionOf } from './kind.ts';
import type { ReadPlan } from './read-plan.ts';

/** An event without its transaction's other events and its recorded reads. */
export type LoggedEvent = Omit<ChainEvent, 'transaction' | 'answer'>;

export type DecodedLog =
  | { readonly status: 'event'; readonly event: LoggedEvent }
  | { readonly status: 'undecoded'; readonly undecoded: UndecodedLog }
  | { readonly status: 'unknown'; readonly unknown: UnknownLog };

/** A compiled contract kind, with its types erased. */
interface CompiledKind {
  readonly decode: EventDecoder;
  readonly names: ReadonlyMap<Hash, string>;
  readonly plans: ReadonlyMap<string, (event: LoggedEvent) => ReadPlan<unknown>>;
  readonly children: ReadonlyMap<string, (args: LoggedEvent['args']) => Child>;
}

const compiledKinds = new Map<ContractKind, CompiledKind>();

/** Compiled on first use, so that commands without decoding start quickly. */
export function compiledKind(kind: ContractKind): CompiledKind {
  const known = compiledKinds.get(kind);
  if (known !== undefined) return known;
  const { abi, reads, children } = definitionOf(kind);
  const compiled = {
    decode: compileEventDecoder(abi),
    names: new Map([...eventTopics(abi)].map(([name, topic]) => [topic, name])),
    // Each plan is called only with events of its own name, decoded by the ABI that typed it.
    plans: new Map(Object.entries(reads)) as unknown as CompiledKind['plans'],
    children: new Map(Object.entries(children)) as unknown as CompiledKind['children'],
  };
  compiledKinds.set(kind, compiled);
  return compiled;
}

/** Decodes a log. Returns null if its contract is not indexed at that block. */
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
