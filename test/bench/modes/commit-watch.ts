/**
 * Detects when blocks' rows become visible to another connection. Rows and the projection's cursor are
 * committed together, so one prepared query of one row suffices. It polls only while a block is awaited, by
 * default one millisecond after each answer. That is its resolution, and it costs some hundredths of a core.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';

const finestLookMs = 1;

interface AwaitedBlock {
  readonly number: number;
  /** On the clock of `performance.now()`. */
  readonly minedAtMs: number;
}

export class CommitWatch implements AsyncDisposable {
  readonly #client: Client;
  readonly #lookIntervalMs: number;
  readonly #awaited: AwaitedBlock[] = [];
  readonly #latenciesMs: number[] = [];
  #looking: Promise<void> = Promise.resolve();
  #isLooking = false;
  #isStopped = false;

  private constructor(client: Client, lookIntervalMs: number) {
    this.#client = client;
    this.#lookIntervalMs = lookIntervalMs;
  }

  static async start(databaseUrl: string, lookIntervalMs = finestLookMs): Promise<CommitWatch> {
    const client = new Client(databaseUrl);
    // A closed connection also fails its query.
    client.on('error', () => undefined);
    await client.connect();
    return new CommitWatch(client, lookIntervalMs);
  }

  /** Must be called at the moment at which the block exists; block numbers ascend. */
  mined(number: number): void {
    this.#awaited.push({ number, minedAtMs: performance.now() });
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#looking = this.#look();
    // `settled` and the end throw the error; until then it must not count as an unhandled rejection.
    this.#looking.catch(() => undefined);
  }

  /** The milliseconds from mined to visible, of every visible block, in block order. */
  get latenciesMs(): readonly number[] {
    return this.#latenciesMs;
  }

  /** The number of mined blocks that are not visible yet. */
  get lagBlocks(): number {
    return this.#awaited.length;
  }

  /** Resolves when every block mined so far is visible. */
  async settled(): Promise<void> {
    await this.#looking;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    await this.#looking.catch(() => undefined);
    await this.#client.end();
  }

  async #look(): Promise<void> {
    while (this.#awaited.length > 0 && !this.#isStopped) {
      const { rows } = await this.#client.query<{ reached: number }>({
        name: 'projected',
        text: `select block_number::float8 as reached from ledger.cursors where stream = 'projection'`,
      });
      const visibleAtMs = performance.now();
      const reached = rows[0]?.reached ?? -1;
      for (
        let [first] = this.#awaited;
        first !== undefined && first.number <= reached;
        [first] = this.#awaited
      ) {
        this.#latenciesMs.push(visibleAtMs - first.minedAtMs);
        this.#awaited.shift();
      }
      await delay(this.#lookIntervalMs);
    }
    this.#isLooking = false;
  }
}
