/**
 * Traps for the daemon, set from outside: at a named point of the pipeline the process kills or stops itself,
 * or its connection breaks. The points are the daemon's SQL statements and its node requests, so src contains
 * no code for them.
 *
 * A point is `transaction/statement:moment`: `projection/commit:after`, `ingest/copy ledger.logs:middle`,
 * `node/eth_getLogs:before`.
 */
import { appendFileSync } from 'node:fs';
import { Client } from 'pg';
import { z } from 'zod';

export const trapSchema = z.object({
  point: z.string(),
  /** The trap triggers at this occurrence of the point, from 1. */
  occurrence: z.int().min(1),
  /**
   * `kill` is SIGKILL, `stop` is SIGSTOP. `lose-answer` lets the statement reach the server and breaks the
   * connection before the answer arrives. `stall` withholds the answer for longer than the daemon waits.
   */
  action: z.enum(['kill', 'stop', 'lose-answer', 'stall']),
});
export type Trap = z.infer<typeof trapSchema>;

/**
 * Milliseconds from sending a statement to the break of its connection, enough for the server to execute it.
 */
const answerLostAfterMs = 60;
const stalledForMs = 8_000;

type Query = (this: TrappedClient, ...parameters: unknown[]) => unknown;
interface TrappedStream {
  readonly writableLength: number;
  write(bytes: Buffer): boolean;
  pause(): void;
  destroy(error?: Error): void;
}
interface TrappedClient {
  readonly connection: { readonly stream: TrappedStream };
}
interface CopyQuery {
  submit: (connection: TrappedClient['connection']) => void;
}

export class Traps {
  readonly #markerFile: string;
  readonly #traced: Set<string> | null;
  #armed: Trap[] = [];
  /** The kind of each connection's open transaction, as far as its statements have shown. */
  readonly #transactions = new WeakMap<object, string>();

  constructor(markerFile: string, isTracing: boolean) {
    this.#markerFile = markerFile;
    this.#traced = isTracing ? new Set() : null;
  }

  arm(trap: Trap): void {
    this.#armed.push({ ...trap });
  }

  disarm(): void {
    this.#armed = [];
  }

  /** Installs the traps: from now on they check every statement and request of this process. */
  lay(): void {
    this.#laySql();
    this.#layRequests();
  }

  #laySql(): void {
    const prototype = Client.prototype as unknown as { query: Query };
    const original = prototype.query;
    const pass = this.#passStatement.bind(this);
    prototype.query = function query(this: TrappedClient, ...parameters: unknown[]) {
      return pass(this, parameters, (given) => original.apply(this, given));
    };
  }

  #passStatement(
    client: TrappedClient,
    parameters: unknown[],
    send: (parameters: unknown[]) => unknown,
  ): unknown {
    const place = this.#placeOf(client, parameters);
    if (place === null) return send(parameters);
    const { text, name } = place;
    this.#spring(`${name}:before`);
    if (this.#isDue(`${name}:stalled`)) return this.#stall(client, parameters);
    if (this.#isDue(`${name}:unanswered`)) {
      client.connection.stream.pause();
      setTimeout(() => client.connection.stream.destroy(), answerLostAfterMs);
      return send(parameters);
    }
    if (text.startsWith('copy')) this.#trapCopy(parameters[0] as CopyQuery, `${name}:middle`);
    const callback = parameters.at(-1);
    if (typeof callback === 'function') {
      const last = (...results: unknown[]): void => {
        this.#spring(`${name}:after`);
        Reflect.apply(callback, undefined, results);
      };
      return send([...parameters.slice(0, -1), last]);
    }
    const sent = send(parameters);
    if (!(sent instanceof Promise)) return sent;
    return sent.then((result: unknown) => {
      this.#spring(`${name}:after`);
      return result;
    });
  }

  #stall(client: TrappedClient, parameters: readonly unknown[]): unknown {
    const error = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    const fail = (reject: (error: Error) => void): void => {
      setTimeout(() => {
        client.connection.stream.destroy();
        reject(error);
      }, stalledForMs).unref();
    };
    const callback = parameters.at(-1);
    if (typeof callback !== 'function') return new Promise((_, reject) => fail(reject));
    fail((failure) => void Reflect.apply(callback, undefined, [failure]));
    return undefined;
  }

  /**
   * The middle is the moment at which the server has the statement and some of the rows, and waits for the
   * others.
   */
  #trapCopy(query: CopyQuery, point: string): void {
    const { submit } = query;
    query.submit = (connection) => {
      const due = this.#due(point);
      if (due === undefined) return submit(connection);
      const { stream } = connection;
      const write = stream.write.bind(stream);
      const held: Buffer[] = [];
      // Later statements on a pipelined connection wait as well.
      stream.write = (bytes) => held.push(bytes) > 0;
      submit(connection);
      const [statement, ...rest] = held.splice(0);
      const rows = Buffer.concat(rest);
      const half = Math.ceil(rows.length / 2);
      for (const bytes of [statement ?? Buffer.alloc(0), rows.subarray(0, half)]) write(bytes);
      whenSent(stream, () => {
        this.#act(due.action);
        stream.write = write;
        for (const bytes of [rows.subarray(half), ...held]) write(bytes);
      });
    };
  }

  /** Null for the queue's own statements. */
  #placeOf(
    client: object,
    [query, values]: readonly unknown[],
  ): { readonly text: string; readonly name: string } | null {
    const given = typeof query === 'string' ? query : (query as { readonly text?: string } | null)?.text;
    if (given === undefined) return null;
    const text = given.trim().toLowerCase();
    if (text.includes('pgboss')) return null;
    const statement = statementName(text);
    const isOpening = statement === 'begin';
    const shown = isOpening ? 'opened' : transactionShownBy(text, values);
    const known = this.#transactions.get(client) ?? 'none';
    const transaction = isOpening || isMoreTelling(shown, known) ? (shown ?? known) : known;
    this.#transactions.set(client, statement === 'commit' || statement === 'rollback' ? 'none' : transaction);
    return { text, name: `${transaction}/${statement}` };
  }

  #layRequests(): void {
    const original = globalThis.fetch;
    globalThis.fetch = async (input, init) => {
      const body = typeof init?.body === 'string' ? init.body : '';
      const method = /"method":"(\w+)"/.exec(body)?.[1];
      if (method === undefined) return await original(input, init);
      this.#spring(`node/${method}:before`);
      const response = await original(input, init);
      this.#spring(`node/${method}:after`);
      return response;
    };
  }

  #spring(point: string): void {
    const due = this.#due(point);
    if (due !== undefined) this.#act(due.action);
  }

  #isDue(point: string): boolean {
    return this.#due(point) !== undefined;
  }

  #due(point: string): Trap | undefined {
    if (this.#traced !== null && !this.#traced.has(point)) {
      this.#traced.add(point);
      appendFileSync(`${this.#markerFile}.points`, `${point}\n`);
    }
    const found = this.#armed.find((trap) => trap.point === point);
    if (found === undefined) return undefined;
    const rest = this.#armed.filter((trap) => trap !== found);
    this.#armed = found.occurrence > 1 ? [...rest, { ...found, occurrence: found.occurrence - 1 }] : rest;
    if (found.occurrence > 1) return undefined;
    appendFileSync(this.#markerFile, `${found.action} ${point}\n`);
    return found;
  }

  #act(action: Trap['action']): void {
    if (action === 'kill') process.kill(process.pid, 'SIGKILL');
    if (action === 'stop') process.kill(process.pid, 'SIGSTOP');
  }
}

/** Waits until small writes are sent; killing or stopping the process immediately would lose them. */
function whenSent(stream: TrappedStream, then: () => void): void {
  if (stream.writableLength === 0) then();
  else setImmediate(() => whenSent(stream, then));
}

const verb = /^(copy|insert into|update|delete from|select|with)\b/;
const relation = /\b(?:copy|into|update|from)\s+((?:ledger|public)\."?\w+"?)/;

/** `begin`, `commit`, `fence`, or the verb and first table of the statement. */
function statementName(text: string): string {
  if (text.startsWith('begin')) return 'begin';
  if (text === 'commit' || text === 'rollback') return text;
  if (text.includes('for share')) return 'fence';
  const table = relation.exec(text)?.[1]?.replaceAll('"', '') ?? '';
  return `${verb.exec(text)?.[1] ?? 'other'} ${table}`.trim();
}

/** The kind of transaction that a statement reveals. */
function transactionShownBy(text: string, values: unknown): string | null {
  if (text.includes('ledger.cursors') && /^(?:insert|update)/.test(text) && Array.isArray(values))
    return String(values[1]);
  if (text.startsWith('update ledger.blocks set is_canonical = false')) return 'reorg';
  if (text.startsWith('with undoable')) return 'undo';
  if (text.startsWith('copy ledger.blocks')) return 'ingest';
  if (text.startsWith('copy ledger.journal')) return 'projection';
  if (/^update \S+ set status = 'confirmed'/.test(text)) return 'confirmation';
  return null;
}

const telling = ['none', 'opened', 'ingest', 'projection', 'receipts', 'confirmation', 'reorg', 'undo'];

/** A reorg also moves the ingest cursor, and an undo the projection's. */
function isMoreTelling(shown: string | null, known: string): boolean {
  return shown !== null && known !== 'none' && telling.indexOf(shown) > telling.indexOf(known);
}
