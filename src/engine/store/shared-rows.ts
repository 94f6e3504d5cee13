/** Rows that both the indexer and the application create. The indexer inserts missing rows and changes none. */
import type { ClientBase } from 'pg';
import { instantToText } from '../../db/codecs.ts';
import type { NewStandard, NewUser } from '../projection/rows.ts';
import { arrayLiteral } from './stored-column.ts';

/**
 * Inserts users for wallets that have none, ordered by wallet, so that two writers wait for each other instead of deadlocking. Known
 * wallets are filtered first, because a conflict costs much more than a lookup.
 */
export async function addUsers(client: ClientBase, users: readonly NewUser[]): Promise<void> {
  if (users.length === 0) return;
  await client.query(
    `insert into public.users (wallet_address, created_at)
     select wallet, first_seen_at
     from unnest($1::text[], $2::timestamptz[]) as seen (wallet, first_seen_at)
     where not exists (select from public.users where wallet_address = wallet)
     order by wallet
     on conflict do nothing`,
    [
      arrayLiteral(users.map(({ wallet }) => wallet)),
      arrayLiteral(users.map(({ firstSeenAt }) => instantToText(firstSeenAt))),
    ],
  );
}

/** Inserts standards whose normalized code does not exist yet. A trigger normalizes the code. */
export async function addStandards(client: ClientBase, standards: readonly NewStandard[]): Promise<void> {
  if (standards.length === 0) return;
  await client.query(
    `insert into public.compliance_standards (standard_code, standard_name, created_at)
     select spelling, spelling, first_seen_at
     from unnest($1::text[], $2::timestamptz[]) as seen (spelling, first_seen_at)
     where not exists (select from public.compliance_standards where standard_code = ledger.standard_code(spelling))
     order by ledger.standard_code(spelling)
     on conflict do nothing`,
    [
      standards.map(({ spelling }) => spelling),
      standards.map(({ firstSeenAt }) => instantToText(firstSeenAt)),
    ],
  );
}
