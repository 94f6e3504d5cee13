/** Counts logs of indexed contracts with topics that no known ABI has. The logs themselves are in the ledger. */
import type { ClientBase } from 'pg';
import type { RawLog } from '../rpc/types.ts';
import { type Address, hexToBytes } from '../../primitives/hex.ts';
import { hexOf } from './sql.ts';

interface TopicCount {
  readonly log: RawLog;
  count: number;
  firstBlock: number;
  lastBlock: number;
}

/** Counts logs whose topic the contract's ABI does not have. */
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

/** This number of unknown logs, without a single known one, suggests that a contract's configured kind is wrong. */
const suspiciousLogs = 10;
/** The search for a known log stops after this number of logs from the contract's start block on. */
const logsLookedAt = 10_000;

/** OpenZeppelin's OwnershipTransferred, Paused and Unpaused. Contracts of every kind emit them, so they do not identify a kind. */
const commonTopics = [
  '0x8be0079c531659141344cd1fd0a4f28419497f9722a3daafe3b4186f6b6457e0',
  '0x62e78cea01bee320cd4e420270b5ea74000d11b0c9f74754ebdbfc544b05a258',
  '0x5db9ee0a495bf2e6ff9c91a7834c1ba4fdd244a5e8aa4e537bd38aeae4b073aa',
] as const;

/** The contracts that have only emitted unknown topics, probably because their configured kind is wrong. */
export async function contractsOfWrongKind(client: ClientBase, chainId: number): Promise<Address[]> {
  const { rows } = await client.query<{ address: Address }>(
    `with suspect as (
       select chain_id, address, start_block, array_agg(topic0) as topics
       from ledger.unknown_topics join ledger.contracts using (chain_id, address)
       where chain_id = $1 group by chain_id, address, start_block having sum(count) >= $2
     )
     select ${hexOf('address')} from suspect
     where not exists (
       select from (
         select logs.address, coalesce(logs.topics[1], ''::bytea) as topic0 from ledger.logs
         where logs.chain_id = suspect.chain_id and logs.block_number >= suspect.start_block
         order by logs.block_number limit $3
       ) as sample
       where sample.address = suspect.address and sample.topic0 <> all (suspect.topics || $4::bytea[])
     )
     order by suspect.address`,
    [chainId, suspiciousLogs, logsLookedAt, commonTopics.map((topic) => hexToBytes(topic))],
  );
  return rows.map(({ address }) => address);
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
