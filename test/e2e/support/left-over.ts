import { Client } from 'pg';

/** How many logs took no effect, and how many batches wait for a person. */
export interface LeftOver {
  readonly quarantined: number;
  readonly parked: number;
  /** Logs of indexed contracts that their ABIs don't know. */
  readonly unknown: number;
}

export async function countLeftOver(databaseUrl: string): Promise<LeftOver> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<LeftOver>(
      `select (select count(*)::int from ledger.quarantine where resolved_at is null) as quarantined,
              (select count(*)::int from ledger.parked) as parked,
              (select coalesce(sum(count), 0)::int from ledger.unknown_topics) as unknown`,
    );
    const [counts] = rows;
    if (counts === undefined) throw new Error('a count has no row');
    return counts;
  } finally {
    await client.end();
  }
}
