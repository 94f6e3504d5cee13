/** What a repair enters into the ledger: the contract's own answer, at the first block that the ledger has of those with the new value. */
import type { ClientBase } from 'pg';
import type { JsonValue } from '../db/schema/columns.ts';
import type { PlacedObservation } from '../ledger/observations.ts';
import type { Hash } from '../primitives/hex.ts';
import type { RowValue } from '../projections/fold/shape.ts';
import { storedTable } from '../store/stored-table.ts';
import { answerAt, type ChainJudge, claimIn, type Contradiction, type Verdict } from './classify-chain.ts';
import { OneOf } from './claim.ts';
import { columnOf } from './row-values.ts';

/**
 * Null for what isn't a value that changed without an event in a row that is there: another class asks for another remedy, and a
 * row that was never told of can't be made from values alone.
 */
export async function observe(
  client: ClientBase,
  judge: ChainJudge,
  found: Contradiction,
  { class: of, changed }: Verdict,
): Promise<PlacedObservation | null> {
  const { entity, claim, property, madeIn } = found;
  if (of !== 'changed without an event' || changed === null) return null;
  if (claim.rowId === null || property === null || madeIn === null) return null;
  const place = await firstKeptBlock(client, judge, changed.upTo);
  if (place === null) return null;
  const said = claimIn(await answerAt(judge, judge.reader, found, place.blockHash), found)?.values[property];
  if (said === undefined) return null;
  return {
    ...place,
    address: entity.contract.address,
    tableId: storedTable(claim.table).id,
    recordId: claim.rowId,
    values: {
      [columnOf(claim.table, property).name]: asJson(said instanceof OneOf ? (said.values[0] ?? null) : said),
    },
  };
}

async function firstKeptBlock(
  client: ClientBase,
  { block, evidence }: ChainJudge,
  from: number,
): Promise<{ readonly blockNumber: number; readonly blockHash: Hash } | null> {
  const { rows } = await client.query<{ number: number; hash: Hash }>(
    `select number::float8, '0x' || encode(hash, 'hex') as hash from ledger.blocks
     where chain_id = $1 and is_canonical and number between $2 and $3 order by blocks.number limit 1`,
    [evidence.chainId, from, block.number],
  );
  const row = rows[0];
  return row === undefined ? null : { blockNumber: row.number, blockHash: row.hash };
}

function asJson(value: RowValue): JsonValue {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString('hex')}`;
  return value as JsonValue;
}
