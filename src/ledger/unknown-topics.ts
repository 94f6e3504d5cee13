/** Topics of indexed contracts that no ABI of ours has: the logs are in the ledger, and here they are counted. */
import type { ClientBase } from 'pg';
import type { RawLog } from '../chain/types.ts';
import { hexToBytes } from '../primitives/hex.ts';

interface TopicCount {
  readonly log: RawLog;
  count: number;
  firstBlock: number;
  lastBlock: number;
}

/** Counts logs whose topic the contract's ABI doesn't have. */
export async function countUnknownTopics(
  client: ClientBase,
  chainId: number,
  unknown: readonly { readonly log: RawLog }[],
): Promise<void> {
  if (unknown.length === 0) return;
  const counts = countByTopic(unknown);
  await client.query(
    `insert into ledger.unknown_topics as known (chain_id, address, topic0, count, first_block, last_block)
     select $1, * from unnest($2::bytea[], $3::bytea[], $4::bigint[], $5::bigint[], $6::bigint[])
     on conflict (chain_id, address, topic0) do update set
       count = known.count + excluded.count,
       first_block = least(known.first_block, excluded.first_block),
       last_block = greatest(known.last_block, excluded.last_block)`,
    [
      chainId,
      counts.map(({ log }) => hexToBytes(log.address)),
      counts.map(({ log }) => hexToBytes(log.topics[0] ?? '0x')),
      counts.map(({ count }) => count),
      counts.map(({ firstBlock }) => firstBlock),
      counts.map(({ lastBlock }) => lastBlock),
    ],
  );
}

function countByTopic(unknown: readonly { readonly log: RawLog }[]): TopicCount[] {
  const counts = new Map<string, TopicCount>();
  for (const { log } of unknown) {
    const key = `${log.address} ${log.topics[0] ?? ''}`;
    const known = counts.get(key);
    if (known === undefined) {
      counts.set(key, { log, count: 1, firstBlock: log.blockNumber, lastBlock: log.blockNumber });
      continue;
    }
    known.count += 1;
    known.firstBlock = Math.min(known.firstBlock, log.blockNumber);
    known.lastBlock = Math.max(known.lastBlock, log.blockNumber);
  }
  return [...counts.values()];
}
