/**
 * Sees blocks' rows appear, from a connection of its own: they come with the projection's cursor, so one prepared look-up of one row
 * tells. It looks only while a block is awaited, a millisecond after each answer unless told otherwise: that is the resolution, and costs some
 * hundredths of a core.
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
    // A connection that ends fails its query as well.
    client.on('error', () => undefined);
    await client.connect();
    return new CommitWatch(client, lookIntervalMs);
  }

  /** To be called in the moment in which the block is there; blocks ascend. */
  mined(number: number): void {
    this.#awaited.push({ number, minedAtMs: performance.now() });
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#looking = this.#look();
    // Thrown by `settled` and at the end; until then it must not count as unhandled.
    this.#looking.catch(() => undefined);
  }

  /** From mined to visible, in milliseconds, of every block that is visible by now, in their order. */
  get latenciesMs(): readonly number[] {
    return this.#latenciesMs;
  }

  /** Mined blocks that aren't visible yet. */
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
