/**
 * Concurrent readers while the daemon writes: each has its own connection and runs one query after the other.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { quantile } from './output.ts';

export interface ReadersFigures {
  readonly readerQueries: number;
  readonly readerP50Ms: number;
  readonly readerP95Ms: number;
}

/** Typical queries on the tables; `$1` is a number that selects the rows. */
const questions: readonly string[] = [
  // A product's history, by its functions and views.
  'select * from public.get_product_trace_chain((select id from public.products order by id offset $1 % 50 limit 1))',
  'select * from public.check_product_compliance((select id from public.products order by id offset $1 % 50 limit 1))',
  'select * from public.product_details order by id offset $1 % 50 limit 1',
  'select * from public.checkpoint_details where product_id = (select id from public.products order by id offset $1 % 50 limit 1)',
  // The provenance of its rows.
  `select block_number, block_hash, transaction_hash, log_index from public.checkpoints
   where product_id = (select id from public.products order by id offset $1 % 50 limit 1) order by block_number, log_index`,
  // The balances, and the movements that led to them.
  'select address, balance from public.token_balances order by balance desc limit 20 + $1 % 5',
  `select * from public.trace_token_transactions
   where to_address = (select address from public.token_balances order by id offset $1 % 50 limit 1) order by block_number desc limit 50`,
  'select * from public.user_portfolio order by user_id offset $1 % 50 limit 1',
];

const pauseMs = 200;

export class Readers implements AsyncDisposable {
  readonly #clients: readonly Client[];
  readonly #latenciesMs: number[] = [];
  #isStopped = false;
  #reading: Promise<unknown> = Promise.resolve();

  private constructor(clients: readonly Client[]) {
    this.#clients = clients;
  }

  static async start(databaseUrl: string, count: number): Promise<Readers> {
    const clients = Array.from({ length: count }, () => new Client(databaseUrl));
    for (const client of clients) await client.connect();
    const readers = new Readers(clients);
    readers.#reading = Promise.all(clients.map(async (client, index) => await readers.#read(client, index)));
    // `stop` throws the error; until then it must not count as an unhandled rejection.
    readers.#reading.catch(() => undefined);
    return readers;
  }

  async stop(): Promise<ReadersFigures> {
    this.#isStopped = true;
    await this.#reading;
    const latencies = this.#latenciesMs;
    return {
      readerQueries: latencies.length,
      readerP50Ms: quantile(latencies, 0.5),
      readerP95Ms: quantile(latencies, 0.95),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    await this.#reading.catch(() => undefined);
    for (const client of this.#clients) await client.end();
  }

  async #read(client: Client, reader: number): Promise<void> {
    for (let asked = reader; !this.#isStopped; asked += 1) {
      const startedAt = performance.now();
      await client.query(questions[asked % questions.length] ?? '', [asked]);
      this.#latenciesMs.push(performance.now() - startedAt);
      await delay(pauseMs);
    }
  }
}
