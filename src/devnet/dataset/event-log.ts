/** Records generated events in the form of the fold's input: decoded, in transactions and blocks of a chain that does not exist. */
import { hash } from 'node:crypto';
import type { BlockHeader, RawLog } from '../../engine/rpc/types.ts';
import { type ChainEvent, TransactionEvents } from '../../engine/contract/events.ts';
import type { ContractKind, EventAnswer, EventArguments, EventName } from '../../engine/contract/kind.ts';
import type { IndexedContract } from '../../engine/contract/kind.ts';
import { type Hash, toHash, toHex } from '../../primitives/hex.ts';

export interface GeneratedBlock {
  readonly header: BlockHeader;
  readonly events: readonly ChainEvent[];
}

interface OpenEvent {
  readonly kind: ContractKind;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly contract: IndexedContract;
  /** Called when the block is closed: reads return the state at its end. */
  readonly answer: () => unknown;
}

const noBloom = toHex(`0x${'00'.repeat(256)}`);

export class EventLog {
  readonly #chainId: number;
  readonly #name: string;
  #number = 0;
  #transactions: OpenEvent[][] = [];
  #time: bigint;

  /** Determines the hashes of blocks and transactions: the same name gives the same hashes. */
  constructor(chainId: number, name: string, genesisTime: bigint) {
    this.#chainId = chainId;
    this.#name = name;
    this.#time = genesisTime;
  }

  /** Timestamp of the open block, in Unix seconds. */
  get time(): bigint {
    return this.#time;
  }

  /** Events in the open block. */
  get eventCount(): number {
    return this.#transactions.reduce((sum, { length }) => sum + length, 0);
  }

  /** Starts a new transaction: later events belong to it. */
  beginTransaction(): void {
    this.#transactions.push([]);
  }

  event<Kind extends ContractKind, Name extends EventName<Kind>>(
    contract: IndexedContract & { readonly kind: Kind },
    name: Name,
    args: EventArguments<Kind, Name>,
    ...[answer]: undefined extends EventAnswer<Kind, Name> ? [] : [answer: () => EventAnswer<Kind, Name>]
  ): void {
    const noAnswer = (): undefined => undefined;
    this.#transactions
      .at(-1)
      ?.push({ kind: contract.kind, name, args, contract, answer: answer ?? noAnswer });
  }

  /** Closes the open block, and opens the next one this number of seconds later. */
  closeBlock(secondsToNext: number): GeneratedBlock {
    const number = this.#number;
    const header: BlockHeader = {
      number,
      hash: this.#hash('block', number),
      parentHash: this.#hash('block', number - 1),
      timestamp: this.#time,
      logsBloom: noBloom,
      receiptsRoot: this.#hash('receipts', number),
      stateRoot: this.#hash('state', number),
    };
    const events: ChainEvent[] = [];
    for (const [index, open] of this.#transactions.filter(({ length }) => length > 0).entries())
      this.#complete(open, header, index, events);
    this.#transactions = [];
    this.#number += 1;
    this.#time += BigInt(secondsToNext);
    return { header, events };
  }

  #complete(open: readonly OpenEvent[], header: BlockHeader, index: number, events: ChainEvent[]): void {
    const { number, hash: blockHash, timestamp } = header;
    const block = { chainId: this.#chainId, number, hash: blockHash, timestamp };
    const transaction = new TransactionEvents();
    const transactionHash = this.#hash('transaction', number, index);
    for (const { kind, name, args, contract, answer } of open) {
      const log: RawLog = {
        blockNumber: number,
        blockHash,
        transactionHash,
        transactionIndex: index,
        logIndex: events.length,
        address: contract.address,
        topics: [],
        data: '0x',
      };
      const event = { kind, name, args, log, block, contract, transaction, answer: answer() };
      transaction.events.push(event);
      events.push(event);
    }
  }

  #hash(...what: readonly (string | number)[]): Hash {
    return toHash(`0x${hash('sha256', [this.#name, ...what].join(' '), 'hex')}`);
  }
}
