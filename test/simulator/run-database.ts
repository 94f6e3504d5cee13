/** The observer's connection to a run's database; reconnects after every fault. */
import { Client } from 'pg';
import type { Leader } from './lose-leader.ts';

export class RunDatabase {
  readonly url: string;
  #client: Client | null = null;

  constructor(url: string) {
    this.url = url;
  }

  async connect(): Promise<Client> {
    if (this.#client !== null) return this.#client;
    const client = new Client({ connectionString: this.url, options: '-c timezone=UTC' });
    const forget = (): void => {
      this.#client = null;
    };
    client.on('error', forget);
    client.on('end', forget);
    await client.connect();
    this.#client = client;
    return client;
  }

  /**
   * Backdates a dead leader's heartbeat, which saves the run some seconds. If the database is down as well,
   * the heartbeat expires by itself.
   */
  async ageHeartbeat(pid: number): Promise<void> {
    try {
      const client = await this.connect();
      await client.query(
        `update ledger.heartbeats set heartbeat_at = now() - interval '1 minute' from ledger.leaders
         where leaders.chain_id = heartbeats.chain_id and leaders.epoch = heartbeats.epoch and leaders.pid = $1`,
        [pid],
      );
    } catch {
      // The database is down.
    }
  }

  /** Terminates every session of the daemons. */
  async cutConnections(): Promise<void> {
    const client = await this.connect();
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name like 'tracechain %'`,
    );
  }

  async isLatched(): Promise<boolean> {
    const client = await this.connect();
    const { rows } = await client.query<{ latched: boolean }>(
      'select latched_at is not null as latched from ledger.chains',
    );
    return rows[0]?.latched === true;
  }

  async readLeader(): Promise<Leader> {
    const client = await this.connect();
    const { rows } = await client.query<Leader>('select epoch::float8, pid from ledger.leaders');
    return rows[0] ?? { epoch: 0, pid: 0 };
  }

  async close(): Promise<void> {
    await this.#client?.end().catch(() => undefined);
  }
}
