/** Rows by what a person calls them by: a batch number, a token's id, a wallet, a code, a transaction; or by their id. */
import { type ClientBase, escapeIdentifier } from 'pg';
import type { Uuid } from '../../primitives/ids.ts';
import type { ExplainedTable } from './tables.ts';

export interface FoundRow {
  readonly id: Uuid;
  /** What tells it from others that answer to the same key, as `name value` parts. */
  readonly label: string;
}

/** Beyond this many, a key tells nothing. */
const mostListed = 50;

/**
 * Every row of the table that answers to the key, at most `mostListed`. A UUID is taken for the row's id whether or not the row is
 * there: one that was removed has a history too.
 */
export async function findRows(
  client: ClientBase,
  table: ExplainedTable,
  key: string,
  chainId: number,
): Promise<FoundRow[]> {
  if (/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(key))
    return [{ id: key.toLowerCase() as Uuid, label: '' }];
  const conditions = keyKinds
    .filter(({ form }) => form.test(key))
    .flatMap(({ conditionOf }) => conditionOf(table) ?? []);
  if (conditions.length === 0) return [];
  const ofChain = table.chain === null ? '$2::bigint is not null' : '(chain_id = $2 or chain_id is null)';
  const { rows } = await client.query<{ id: Uuid; label: string }>(
    `select id, ${table.label} as label from public.${escapeIdentifier(table.name)} as found
     where (${conditions.join(' or ')}) and ${ofChain}
     order by ${table.chain === null ? 'created_at' : 'block_number, log_index'}, id limit ${mostListed}`,
    [key, chainId],
  );
  return rows;
}

interface KeyKind {
  readonly form: RegExp;
  /** The condition by which a table's rows answer to such a key, `$1`; undefined where none does. */
  readonly conditionOf: (table: ExplainedTable) => string | undefined;
}

const keyKinds: readonly KeyKind[] = [
  { form: /^[0-9]{1,78}$/, conditionOf: ({ find }) => find.number },
  { form: /^0x[0-9a-f]{40}$/i, conditionOf: ({ find }) => find.wallet },
  {
    form: /^0x[0-9a-f]{64}$/i,
    conditionOf: ({ chain }) =>
      chain === null
        ? undefined
        : 'transaction_hash = lower($1::text) or changed_transaction_hash = lower($1::text)',
  },
  { form: /./su, conditionOf: ({ find }) => find.text },
];

/** What the row is, in a few words; null where it isn't there. */
export async function labelOf(client: ClientBase, table: ExplainedTable, id: Uuid): Promise<string | null> {
  const { rows } = await client.query<{ label: string | null }>(
    `select ${table.label} as label from public.${escapeIdentifier(table.name)} as found where id = $1`,
    [id],
  );
  return rows[0]?.label ?? null;
}
