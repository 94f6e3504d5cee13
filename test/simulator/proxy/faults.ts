/**
 * Decides which request gets which fault. A pure function of the seed and the request (the node, the method,
 * the parameters, the number of earlier equal requests), so that a seed is repeatable.
 */
import { hash } from 'node:crypto';
import type { CompletenessLevel } from '../../../src/engine/rpc/types.ts';

/** Faults of an HTTP request as a whole. */
export const exchangeFaults = [
  'http-error',
  'rate-limited',
  'timeout',
  'connection-reset',
  'truncated-answer',
  'reordered-answers',
  'duplicated-answer',
  'missing-answer',
  'other-fork',
] as const;

/** Faults of one JSON-RPC answer, with the methods to which they apply; an empty list means any method. */
const answerFaultMethods = {
  'rpc-error': [],
  'rpc-rate-limited': [],
  'unknown-block': ['eth_call', 'eth_getLogs', 'eth_getBlockReceipts'],
  'null-block': ['eth_getBlockByNumber', 'eth_getBlockByHash'],
  'lagging-head': ['eth_getBlockByNumber'],
  'block-of-other-fork': ['eth_getBlockByNumber'],
  'logs-left-out': ['eth_getLogs'],
  'logs-cut-short': ['eth_getLogs'],
  'logs-duplicated': ['eth_getLogs'],
  'logs-reordered': ['eth_getLogs'],
  'logs-removed': ['eth_getLogs'],
  'range-limit': ['eth_getLogs'],
  'answer-too-big': ['eth_getLogs'],
  'receipts-emptied': ['eth_getBlockReceipts'],
  'receipt-log-left-out': ['eth_getBlockReceipts'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export const answerFaults = Object.keys(answerFaultMethods) as AnswerFault[];

/** Faults of a WebSocket, from its opening on. */
export const socketFaults = ['socket-refused', 'socket-silent', 'socket-dropped', 'socket-repeats'] as const;

export type ExchangeFault = (typeof exchangeFaults)[number];
export type AnswerFault = keyof typeof answerFaultMethods;
export type SocketFault = (typeof socketFaults)[number];
export type NodeFault = ExchangeFault | AnswerFault | SocketFault;

export const nodeFaults: readonly NodeFault[] = [...exchangeFaults, ...answerFaults, ...socketFaults];

/** The probability of each kind per applicable request; 0 if missing. */
export type FaultRates = Readonly<Partial<Record<NodeFault, number>>>;

/**
 * A fault that a level cannot detect must not be injected at it. Only `receipts` detects a missing part of an
 * address's logs; all levels but the weakest detect that all of them are missing.
 */
export function isVisibleAt(fault: NodeFault, level: CompletenessLevel): boolean {
  if (fault === 'receipt-log-left-out') return level === 'receipts';
  if (fault === 'logs-left-out' || fault === 'logs-cut-short')
    return level === 'bloom' || level === 'receipts';
  return true;
}

export interface AskedRequest {
  readonly method: string;
  readonly params: readonly unknown[];
}

export class FaultDecisions {
  readonly #seed: number;
  readonly #rates: FaultRates;
  readonly #asked = new Map<string, number>();

  constructor(seed: number, rates: FaultRates) {
    this.#seed = seed;
    this.#rates = rates;
  }

  ofExchange(node: number, requests: readonly AskedRequest[]): ExchangeFault | null {
    const key = `${node} ${requests.map(({ method, params }) => method + JSON.stringify(params)).join()}`;
    return this.#first(exchangeFaults, key);
  }

  ofAnswer(node: number, { method, params }: AskedRequest): AnswerFault | null {
    const fitting = answerFaults.filter((fault) => {
      const methods: readonly string[] = answerFaultMethods[fault];
      return methods.length === 0 || methods.includes(method);
    });
    return this.#first(fitting, `${node} answer ${method} ${JSON.stringify(params)}`);
  }

  ofSocket(node: number): SocketFault | null {
    return this.#first(socketFaults, `${node} socket`);
  }

  #first<Fault extends NodeFault>(faults: readonly Fault[], key: string): Fault | null {
    const asked = this.#asked.get(key) ?? 0;
    this.#asked.set(key, asked + 1);
    let chance = fraction(`${this.#seed} ${key} ${asked}`);
    for (const fault of faults) {
      chance -= this.#rates[fault] ?? 0;
      if (chance < 0) return fault;
    }
    return null;
  }
}

/** A number from 0 to 1, derived from the text alone. */
export function fraction(text: string): number {
  return Number.parseInt(hash('sha256', text, 'hex').slice(0, 8), 16) / 2 ** 32;
}
