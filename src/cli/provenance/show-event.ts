/** Formats events and values for people. */
import { observedEvent } from '../../engine/contract/observed.ts';
import { printable } from '../../primitives/text.ts';
import type { DescribedEvent } from '../../engine/history/described-event.ts';
import type { TracedRead } from '../../engine/history/trace-block.ts';
import { toJson } from '../terminal.ts';

const longestValue = 400;

/** Formats a value in one line. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return '(null)';
  const text = typeof value === 'string' ? value : typeof value === 'bigint' ? String(value) : toJson(value);
  return text === '' ? "''" : printable(text, longestValue);
}

/** `ProductRegistered in block 14 (2026-11-22T10:00:01.000Z), log 3` */
export function headline(event: DescribedEvent): string {
  const time = event.blockTime === null ? '' : ` (${event.blockTime})`;
  if (event.name === observedEvent)
    return `an observation of the contract’s state after block ${event.blockNumber}${time}, without a log`;
  return `${event.name ?? 'a log'} in block ${event.blockNumber}${time}, log ${event.logIndex}`;
}

/** The details of an event: arguments, reads, and the raw log. */
export function eventFacts(event: DescribedEvent): [name: string, value: string][] {
  const args = Object.entries(event.args ?? {}).map(([name, value]): [string, string] => [
    name,
    shown(value),
  ]);
  const kind = event.kind === null ? '' : ` (${event.kind})`;
  if (event.name === observedEvent)
    return [...args, ['contract', `${event.contract}${kind}`], ['block hash', event.blockHash]];
  return [
    ...args,
    ...event.reads.map((read): [string, string] => ['read', readText(read)]),
    ['contract', `${event.contract}${kind}`],
    ['transaction', event.transactionHash],
    ['block hash', event.blockHash],
    ...event.topics.map((topic, index): [string, string] => [index === 0 ? 'topics' : '', topic]),
    ['data', event.data],
  ];
}

function readText({ name, args, status, value, request }: TracedRead): string {
  const call =
    name === 'transaction'
      ? 'the transaction’s calldata'
      : name === null
        ? `call ${request}`
        : `${name}(${args.map(shown).join(', ')})`;
  return status === 'ok' ? `${call} = ${shown(value)}` : `${call}: ${statusTexts[status]}`;
}

const statusTexts: Readonly<Record<Exclude<TracedRead['status'], 'ok'>, string>> = {
  reverted: 'reverted',
  oversized: 'the answer exceeded the size limit',
  unavailable: 'the node no longer had that state',
};
