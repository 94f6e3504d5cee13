/** Rows that the application makes as well: the indexer adds what is missing, and changes nothing. */
import type { ClientBase } from 'pg';
import { instantToText } from '../../db/codecs.ts';
import type { NewStandard, NewUser } from '../projection/rows.ts';
import { arrayLiteral } from './stored-column.ts';

/**
 * Makes users for wallets that have none. In the order of the wallets, so that two writers wait for each other instead of
 * deadlocking; those known are left out first, since a conflict costs far more than a look.
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

/** Makes the standards whose code isn't there in any spelling; a trigger brings the code into its one spelling. */
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
