/**
 * Compares the ledger with the chain: canonical blocks, their logs and levels, the contracts, the quarantine.
 */
import type { Client } from 'pg';
import type { CompletenessLevel } from '../../../src/engine/rpc/types.ts';
import type { NaivePosition } from '../naive/naive-fold.ts';

const differencesShown = 6;

interface BlockRow {
  readonly number: number;
  readonly hash: string;
  readonly parent_hash: string;
  readonly completeness: string;
  readonly log_count: number;
  readonly logs: readonly string[];
}

export async function compareLedger(
  client: Client,
  positions: readonly NaivePosition[],
  level: CompletenessLevel,
): Promise<string[]> {
  const differences = [
    ...(await compareBlocks(client, positions, level)),
    ...(await compareCoverage(client, positions)),
    ...(await compareContracts(client, positions)),
    ...(await compareQuarantine(client, positions)),
  ];
  return differences.slice(0, differencesShown);
}

async function compareBlocks(
  client: Client,
  positions: readonly NaivePosition[],
  level: CompletenessLevel,
): Promise<string[]> {
  const { rows } = await client.query<BlockRow>(
    `select number::float8, '0x' || encode(hash, 'hex') as hash, '0x' || encode(parent_hash, 'hex') as parent_hash,
            completeness, log_count,
            array(select log_index || ' 0x' || encode(transaction_hash, 'hex') || ' 0x' || encode(address, 'hex')
                  from ledger.logs where logs.chain_id = blocks.chain_id and logs.block_number = blocks.number
                    and logs.block_hash = blocks.hash order by log_index) as logs
     from ledger.blocks where is_canonical order by number`,
  );
  const stored = new Map(rows.map((row) => [row.number, row]));
  const odd = rows.filter(({ number }) => number > (positions.at(-1)?.number ?? -1));
  return [
    ...odd.map(({ number }) => `block ${number} is past the chain's head`),
    ...positions.flatMap((position) => compareBlock(position, stored.get(position.number), level)),
  ];
}

function compareBlock(
  { number, hash, parentHash, logs }: NaivePosition,
  row: BlockRow | undefined,
  level: CompletenessLevel,
): string[] {
  // At the weakest level, blocks without logs may be left out.
  if (row === undefined) return level === 'logs' && logs.length === 0 ? [] : [`block ${number} is missing`];
  const wanted = logs.map((log) => `${log.logIndex} ${log.transactionHash} ${log.address}`);
  const found: string[] = [];
  if (row.hash !== hash) found.push(`is ${row.hash}, not ${hash}`);
  if (row.parent_hash !== parentHash) found.push(`has the parent ${row.parent_hash}, not ${parentHash}`);
  if (row.completeness !== level) found.push(`has the level ${row.completeness}, not ${level}`);
  if (row.log_count !== logs.length || row.logs.join() !== wanted.join())
    found.push(`has the logs ${row.logs.join()} (${row.log_count}), not ${wanted.join()}`);
  return found.map((what) => `block ${number} ${what}`);
}

async function compareCoverage(client: Client, positions: readonly NaivePosition[]): Promise<string[]> {
  const { rows } = await client.query<{ from_block: number; to_block: number }>(
    `select from_block::float8, to_block::float8 from ledger.coverage order by from_block`,
  );
  let next = 0;
  for (const { from_block: from, to_block: to } of rows) {
    if (from > next) return [`nothing covers block ${next}`];
    next = Math.max(next, to + 1);
  }
  const end = (positions.at(-1)?.number ?? -1) + 1;
  return next === end ? [] : [`the ledger covers blocks up to ${next - 1}, not ${end - 1}`];
}

async function compareContracts(client: Client, positions: readonly NaivePosition[]): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(
    `select '0x' || encode(address, 'hex') || ' ' || kind || ' ' || start_block as line from ledger.contracts`,
  );
  const wanted = [...(positions.at(-1)?.contracts ?? [])].map(
    ({ address, kind, startBlock }) => `${address} ${kind} ${startBlock}`,
  );
  const stored = new Set(rows.map(({ line }) => line));
  return [
    ...wanted.filter((line) => !stored.has(line)).map((line) => `the contract ${line} isn't known`),
    ...[...stored]
      .filter((line) => !wanted.includes(line))
      .map((line) => `the contract ${line} shouldn't be`),
  ];
}

async function compareQuarantine(client: Client, positions: readonly NaivePosition[]): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(
    `select block_number || ' ' || log_index as line from ledger.quarantine where resolved_at is null`,
  );
  const wanted = positions.flatMap(({ number, quarantined }) =>
    quarantined.map((index) => `${number} ${index}`),
  );
  const stored = rows.map(({ line }) => line);
  return stored.toSorted().join() === wanted.toSorted().join()
    ? []
    : [`the quarantine holds ${stored.join()}, not ${wanted.join()}`];
}
