/** The ingested block ranges, their completeness levels, and the gaps. */
import type { ClientBase } from 'pg';
import type { CompletenessLevel } from '../rpc/types.ts';

export interface CoveredInterval {
  readonly from: number;
  readonly to: number;
  readonly completeness: CompletenessLevel;
  /** Blocks of the interval that the ledger has. At the level `logs` only blocks with logs have a header; at other levels all do. */
  readonly blocks: number;
  readonly logs: number;
}

export interface CoverageHole {
  readonly from: number;
  readonly to: number;
  /** Why the range is a gap: it was never ingested, or the ledger lost its blocks or logs after ingestion. */
  readonly missing: 'not taken in' | 'blocks' | 'logs';
}

export interface Coverage {
  readonly chainId: number;
  /** The first indexed block of any contract, or null if no contract is known. */
  readonly from: number | null;
  /** The newest ingested block, or null if there is none. */
  readonly to: number | null;
  readonly intervals: readonly CoveredInterval[];
  readonly holes: readonly CoverageHole[];
}

/** Reads the coverage in a few sequential scans of `ledger.blocks` and `ledger.logs`. `client` must have a snapshot open. */
export async function readCoverage(client: ClientBase, chainId: number): Promise<Coverage> {
  const { rows: bounds } = await client.query<{ from: number | null; to: number | null }>(
    `select (select min(start_block)::float8 from ledger.contracts where chain_id = $1) as from,
            (select block_number::float8 from ledger.cursors where chain_id = $1 and stream = 'ingest') as to`,
    [chainId],
  );
  const { from, to } = bounds[0] ?? { from: null, to: null };
  return {
    chainId,
    from,
    to,
    intervals: await readIntervals(client, chainId),
    holes: from === null || to === null ? [] : await readHoles(client, chainId, { from, to }),
  };
}

/** Adjacent ranges of one level are merged into one interval. */
async function readIntervals(client: ClientBase, chainId: number): Promise<CoveredInterval[]> {
  const { rows } = await client.query<CoveredInterval>(
    `with levelled as (
       select number, completeness, log_count,
              number - row_number() over (partition by completeness order by number) as run
       from ledger.blocks where chain_id = $1 and is_canonical
     ), covered as (
       select from_block, to_block, completeness,
              sum((from_block > coalesce(previous_to, -2) + 1 or completeness <> previous_level)::int)
                over (order by from_block) as run
       from (
         select from_block, to_block, completeness, lag(to_block) over (order by from_block) as previous_to,
                lag(completeness) over (order by from_block) as previous_level
         from ledger.coverage where chain_id = $1
       ) as neighbours
     ), interval as (
       select min(from_block) as from_block, max(to_block) as to_block, min(completeness) as completeness
       from covered group by run
     )
     select from_block::float8 as "from", to_block::float8 as "to", interval.completeness,
            count(levelled.number)::float8 as blocks, coalesce(sum(levelled.log_count), 0)::float8 as logs
     from interval left join levelled on levelled.number between from_block and to_block
     group by from_block, to_block, interval.completeness order by from_block`,
    [chainId],
  );
  return rows;
}

async function readHoles(
  client: ClientBase,
  chainId: number,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<CoverageHole[]> {
  const { rows } = await client.query<CoverageHole>(
    `with covered as (
       select range_agg(int8range(from_block, to_block, '[]')) as ranges from ledger.coverage where chain_id = $1
     ), not_taken_in as (
       select unnest(int8multirange(int8range($2, $3, '[]')) - coalesce(ranges, '{}')) as hole from covered
     ), numbered as (
       select number, lag(number) over (order by number) as previous
       from ledger.blocks where chain_id = $1 and is_canonical and number between $2 and $3
     ), headed as (
       -- Where only the node's word is kept, blocks without logs have no header.
       select range_agg(int8range(from_block, to_block, '[]')) as ranges
       from ledger.coverage where chain_id = $1 and completeness <> 'logs'
     ), without_block as (
       select unnest(int8multirange(int8range(previous + 1, number)) * ranges) as hole
       from numbered, headed where number > previous + 1
     ), without_logs as (
       select int8range(number, number, '[]') as hole
       from ledger.blocks where chain_id = $1 and is_canonical and number between $2 and $3
         and log_count <> (select count(*) from ledger.logs
           where logs.chain_id = $1 and logs.block_number = blocks.number and logs.block_hash = blocks.hash)
     ), hole as (
       select hole, 'not taken in' as missing from not_taken_in
       union all select hole, 'blocks' from without_block
       union all select hole, 'logs' from without_logs
     )
     select lower(hole)::float8 as "from", (upper(hole) - 1)::float8 as "to", missing from hole
     where not isempty(hole) order by lower(hole), missing`,
    [chainId, from, to],
  );
  return rows;
}
