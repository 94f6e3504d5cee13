/**
 * Determines the observation that a repair records in the ledger: the contract's own answer, at the first block of the ledger with the new
 * value.
 */
import type { ClientBase } from 'pg';
import type { JsonValue } from '../../../db/columns.ts';
import type { PlacedObservation } from '../../ledger/observations.ts';
import type { Hash } from '../../../primitives/hex.ts';
import type { RowValue } from '../../projection/shape.ts';
import { isWholeRow } from '../../projection/observations.ts';
import { storedTable } from '../../store/stored-table.ts';
import {
  answerAt,
  type ChainClassifier,
  claimIn,
  type Contradiction,
  type Verdict,
} from './classify-chain.ts';
import { OneOf } from '../expectations/entity-kind.ts';
import { columnOf } from '../expectations/row-values.ts';

/**
 * Returns null unless the value changed without an event, because other classes need other fixes. Also returns null for a missing row,
 * unless such a row consists of the contract's answer alone.
 */
export async function observe(
  client: ClientBase,
  classifier: ChainClassifier,
  found: Contradiction,
  { class: of, changed }: Verdict,
): Promise<PlacedObservation | null> {
  const { entity, expectation, property, madeIn } = found;
  const { table, rowId } = expectation;
  if (of !== 'changed without an event' || changed === null || rowId === null) return null;
  const isMissing = property === null && madeIn === null && expectation.exists === true;
  if (property === null ? !isMissing : madeIn === null) return null;
  const place = await firstKeptBlock(client, classifier, changed.upTo);
  if (place === null) return null;
  const said =
    claimIn(await answerAt(classifier, classifier.reader, found, place.blockHash), found)?.values ?? {};
  const observed = property === null ? said : { [property]: said[property] };
  if (property === null && !isWholeRow(table, Object.keys(said))) return null;
  const values = Object.entries(observed).flatMap(([name, value]): [string, JsonValue][] =>
    value === undefined
      ? []
      : [[columnOf(table, name).name, asJson(value instanceof OneOf ? (value.values[0] ?? null) : value)]],
  );
  if (values.length === 0) return null;
  return {
    ...place,
    address: entity.contract.address,
    tableId: storedTable(table).id,
    recordId: rowId,
    values: Object.fromEntries(values),
  };
}

async function firstKeptBlock(
  client: ClientBase,
  { block, evidence }: ChainClassifier,
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
