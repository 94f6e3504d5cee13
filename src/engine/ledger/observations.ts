/**
 * Observations: contract state that was observed without an event. An observation is recorded at a block and folded after that block's
 * logs, also by every replay.
 */
import type { ClientBase } from 'pg';
import type { JsonValue } from '../../db/columns.ts';
import { type Address, type Hash, hexToBytes } from '../../primitives/hex.ts';
import type { Uuid } from '../../primitives/ids.ts';
import type { BlockRange } from '../../primitives/interval.ts';
import { hexOf } from './sql.ts';

export interface Observation {
  readonly address: Address;
  /** The table, by its id in the journal. */
  readonly tableId: number;
  readonly recordId: Uuid;
  /** By column name. Integers, amounts in wei and Unix seconds are decimal text. */
  readonly values: { readonly [column: string]: JsonValue };
}

export interface PlacedObservation extends Observation {
  readonly blockNumber: number;
  readonly blockHash: Hash;
}

/** Appends observations after those that their blocks already have. `runId` is the recorded audit that found them. */
export async function addObservations(
  client: ClientBase,
  chainId: number,
  observations: readonly PlacedObservation[],
  runId: number | null = null,
): Promise<void> {
  for (const { blockNumber, blockHash, address, tableId, recordId, values } of observations) {
    await client.query(
      `insert into ledger.observations (chain_id, block_number, block_hash, position, address, table_id, record_id, column_values, run_id)
       select $1, $2, $3, coalesce(max(position) + 1, 0), $4, $5, $6, $7, $8
       from ledger.observations where chain_id = $1 and block_number = $2 and block_hash = $3`,
      [
        chainId,
        blockNumber,
        hexToBytes(blockHash),
        hexToBytes(address),
        tableId,
        recordId,
        JSON.stringify(values),
        runId,
      ],
    );
  }
}

/** The observations of a range, including those of orphaned blocks, by block hash and in their order. */
export async function loadObservations(
  client: ClientBase,
  chainId: number,
  range: BlockRange,
): Promise<Map<Hash, Observation[]>> {
  const { rows } = await client.query<{
    block_hash: Hash;
    address: Address;
    table_id: number;
    record_id: Uuid;
    column_values: Observation['values'];
  }>(
    `select ${hexOf('block_hash')}, ${hexOf('address')}, table_id, record_id, column_values from ledger.observations
     where chain_id = $1 and block_number between $2 and $3
     order by observations.block_number, observations.block_hash, position`,
    [chainId, range.from, range.to],
  );
  const observations = new Map<Hash, Observation[]>();
  for (const row of rows) {
    const ofBlock = observations.get(row.block_hash) ?? [];
    observations.set(row.block_hash, ofBlock);
    ofBlock.push({
      address: row.address,
      tableId: row.table_id,
      recordId: row.record_id,
      values: row.column_values,
    });
  }
  return observations;
}
