/** Finds rows by a natural key (batch number, token id, wallet, code, transaction hash) or by id. */
import { type ClientBase, escapeIdentifier } from 'pg';
import type { Uuid } from '../../primitives/ids.ts';
import type { ExplainedTable } from './tables.ts';

export interface FoundRow {
  readonly id: Uuid;
  /** Distinguishes the row from other matches of the same key, as `name value` parts. */
  readonly label: string;
}

/** A key with more matches than this does not identify a row. */
const maximumListed = 50;

/**
 * Returns the rows of the table that match the key, at most `maximumListed`. A UUID is returned as an id even if no such row exists, because a
 * removed row has a history too.
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
     order by ${table.chain === null ? 'created_at' : 'block_number, log_index'}, id limit ${maximumListed}`,
    [key, chainId],
  );
  return rows;
}

interface KeyKind {
  readonly form: RegExp;
  /** The SQL condition for rows of a table that match the key `$1`, or undefined if the table has no such key. */
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

/** A short description of the row, or null if the row does not exist. */
export async function labelOf(client: ClientBase, table: ExplainedTable, id: Uuid): Promise<string | null> {
  const { rows } = await client.query<{ label: string | null }>(
    `select ${table.label} as label from public.${escapeIdentifier(table.name)} as found where id = $1`,
    [id],
  );
  return rows[0]?.label ?? null;
}
