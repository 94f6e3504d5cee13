/** Confirmation of token and money movements, whose rows state whether their block is final. */
import type { ClientBase } from 'pg';
import { tablesWithConfirmation } from './stored-table.ts';

/**
 * Confirms pending rows of blocks up to `final`, at most `limit` rows. Returns the number of confirmed rows, which is less than `limit` if
 * none remain.
 */
export async function confirmFinal(
  client: ClientBase,
  chainId: number,
  final: number,
  limit: number,
): Promise<number> {
  let confirmed = 0;
  for (const { sqlName } of tablesWithConfirmation()) {
    if (confirmed >= limit) break;
    const { rowCount } = await client.query(
      `update ${sqlName} set status = 'confirmed', confirmed_at = now()
       where id in (select id from ${sqlName}
                    where chain_id = $1 and block_number <= $2 and status = 'pending'
                    order by block_number limit $3)`,
      [chainId, final, limit - confirmed],
    );
    confirmed += rowCount ?? 0;
  }
  return confirmed;
}
