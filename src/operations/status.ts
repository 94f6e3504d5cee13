/** How far the daemon is, as the ledger tells it: by anyone who can read the database, whether the daemon runs or not. */
import type { ClientBase } from 'pg';
import { type NegativeBalances, negativeBalances } from '../tracechain/token/negative-balances.ts';
import { openFindings, type OpenFindings } from '../engine/audit/findings/record.ts';
import { readStale, type StaleArea } from '../engine/ledger/projection-versions.ts';
import { contractsOfWrongKind } from '../engine/ledger/unknown-topics.ts';
import { chooseChain } from '../engine/ledger/chains.ts';
import { required } from '../primitives/errors.ts';
import { sessionName } from '../engine/leader/leadership.ts';
import { type NodeOutage, readOutage } from '../engine/daemon/supervision/node-outages.ts';

export interface Leader {
  readonly host: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly since: string;
}

/** A stream that stands still until a person acts. */
export interface HaltedStream {
  readonly stream: string;
  readonly blockNumber: number;
  readonly blockHash: string | null;
  readonly logIndex: number | null;
  readonly errorCode: string;
  readonly error: string;
  readonly attempts: number;
  /** ISO 8601. */
  readonly parkedAt: string;
}

export interface Halt {
  readonly reason: string | null;
  readonly detail: unknown;
  /** ISO 8601. */
  readonly at: string;
}

/** A daemon that is connected and leads no chain of this database: it takes over when a leader goes away. */
export interface Standby {
  /** The address that it connects from; null over a local socket, and for a role that may not see it. */
  readonly address: string | null;
  /** ISO 8601: since when it is connected. */
  readonly since: string;
}

export interface Status {
  readonly chainId: number;
  /** Block numbers; null while nothing is known yet. */
  readonly head: number | null;
  readonly finalized: number | null;
  readonly ingested: number | null;
  readonly projected: number | null;
  /** How far blocks were verified once more after they became final. */
  readonly verified: number | null;
  /** Blocks between the chain's head and the rows; null while the head isn't known. */
  readonly lagBlocks: number | null;
  /** Null where no process has given a sign of life lately. */
  readonly leader: Leader | null;
  /** ISO 8601: the last sign of life of any leader; null if none ever gave one, or the last one released the lease. */
  readonly heartbeatAt: string | null;
  /** Daemons that stand by, of any chain of the database. */
  readonly standbys: readonly Standby[];
  /** Since when no node could be used, so that the head is as old as that; null while one answers. */
  readonly nodeLost: NodeOutage | null;
  readonly parked: readonly HaltedStream[];
  /** Writing stopped until a person decides; `latch` says why. */
  readonly latched: boolean;
  /** Logs in quarantine that nothing has resolved yet. */
  readonly quarantined: number;
  readonly latch: Halt | null;
  readonly completeness: string | null;
  /** Contracts that are indexed, those that factories made included. */
  readonly contracts: number;
  /** Logs of indexed contracts with a topic that no ABI has. */
  readonly unknownTopicLogs: number;
  /** Contracts of which nothing could be decoded: their configured kind is wrong, most likely. */
  readonly contractsOfWrongKind: readonly string[];
  /** Token contracts with balances below zero: their start block is too late, or they are no such token. */
  readonly negativeBalances: readonly NegativeBalances[];
  /** The first block of any contract; null while none is recorded. Past the head, there is nothing to index yet. */
  readonly firstBlock: number | null;
  /** ISO 8601: when the last batch was projected. */
  readonly projectedAt: string | null;
  /** How long ago that was, in seconds by the database's clock. */
  readonly projectedAgeSeconds: number | null;
  /** Areas of which some rows were made by another version of their projection, each from its block on. */
  readonly staleAreas: readonly StaleArea[];
  /** What audits found and none has closed. */
  readonly openFindings: OpenFindings;
}

/** A leader whose last sign of life is older than this counts as gone. By the database's clock. */
const leaderIsGoneAfterSeconds = 10;

interface StatusRow {
  readonly chain_id: string;
  readonly head_number: string | null;
  readonly final_number: string | null;
  readonly completeness_level: string | null;
  readonly latched_at: string | null;
  readonly latch_reason: string | null;
  readonly latch_detail: unknown;
  readonly ingested: string | null;
  readonly projected: string | null;
  readonly verified: string | null;
  readonly projected_at: string | null;
  readonly projected_age: number | null;
  readonly heartbeat_at: string | null;
  readonly standbys: readonly Standby[];
  readonly leader: Leader | null;
  readonly parked: readonly HaltedStream[];
  readonly quarantined: string;
  readonly contracts: string;
  readonly first_block: string | null;
  readonly unknown_topic_logs: string;
}

/** `to_json` of a timestamp is ISO 8601, whatever the session's settings. */
const statusQuery = `
  select
    chains.chain_id, head_number, final_number, completeness_level, latch_reason, latch_detail,
    to_json(latched_at) #>> '{}' as latched_at,
    ingest.block_number as ingested,
    projection.block_number as projected,
    verification.block_number as verified,
    to_json(projection.updated_at) #>> '{}' as projected_at,
    greatest(0, extract(epoch from now() - projection.updated_at))::float8 as projected_age,
    (select to_json(heartbeat_at) #>> '{}' from ledger.heartbeats
      where heartbeats.chain_id = chains.chain_id and isfinite(heartbeat_at)) as heartbeat_at,
    (select coalesce(json_agg(json_build_object('address', address, 'since', since) order by since), '[]')
       from (select host(min(client_addr)) as address, min(backend_start) as since from pg_stat_activity
              where datname = current_database() and application_name ~ $3
                and not exists (select from ledger.leaders where application_name = $4 || instance)
              group by application_name) as standby) as standbys,
    (select json_build_object('host', host, 'pid', pid, 'since', since)
       from ledger.leaders join ledger.heartbeats using (chain_id, epoch)
      where leaders.chain_id = chains.chain_id
        and heartbeat_at > now() - make_interval(secs => $2)) as leader,
    (select coalesce(json_agg(json_build_object(
              'stream', stream, 'blockNumber', block_number, 'blockHash', '0x' || encode(block_hash, 'hex'),
              'logIndex', log_index, 'errorCode', error_code, 'error', error, 'attempts', attempts,
              'parkedAt', parked_at) order by stream), '[]')
       from ledger.parked where parked.chain_id = chains.chain_id) as parked,
    (select count(*) from ledger.quarantine
      where quarantine.chain_id = chains.chain_id and resolved_at is null) as quarantined,
    (select count(*) from ledger.contracts where contracts.chain_id = chains.chain_id) as contracts,
    (select min(start_block) from ledger.contracts where contracts.chain_id = chains.chain_id) as first_block,
    (select coalesce(sum(count), 0) from ledger.unknown_topics
      where unknown_topics.chain_id = chains.chain_id) as unknown_topic_logs
  from ledger.chains
  left join ledger.cursors ingest on ingest.chain_id = chains.chain_id and ingest.stream = 'ingest'
  left join ledger.cursors projection on projection.chain_id = chains.chain_id and projection.stream = 'projection'
  left join ledger.cursors verification on verification.chain_id = chains.chain_id and verification.stream = 'verification'
  where $1::bigint is null or chains.chain_id = $1
  order by chains.chain_id`;

/** The chains that the database follows, in the order of their ids. */
export async function readStatuses(client: ClientBase, chainId: number | null = null): Promise<Status[]> {
  const { rows } = await client.query<StatusRow>(statusQuery, [
    chainId,
    leaderIsGoneAfterSeconds,
    `^${sessionName('[0-9a-f-]{36}')}$`,
    sessionName(''),
  ]);
  const statuses: Status[] = [];
  for (const row of rows) {
    const id = Number(row.chain_id);
    const wrongKind = await contractsOfWrongKind(client, id);
    statuses.push({
      ...toStatus(row, await readOutage(client, id)),
      contractsOfWrongKind: wrongKind,
      negativeBalances: await negativeBalances(client, id),
      staleAreas: await readStale(client, id),
      openFindings: await openFindings(client, id),
    });
  }
  return statuses;
}

/**
 * The status of a chain, or of the only one where none is named. Throws a CannotRunError where the database follows no such
 * chain, or several and none is named.
 */
export async function readStatus(client: ClientBase, chainId: number | null = null): Promise<Status> {
  const [status] = await readStatuses(client, await chooseChain(client, chainId));
  return required(status, 'the status of a chain that is there');
}

function toStatus(
  row: StatusRow,
  nodeLost: NodeOutage | null,
): Omit<Status, 'contractsOfWrongKind' | 'negativeBalances' | 'staleAreas' | 'openFindings'> {
  const head = toNumber(row.head_number);
  const projected = toNumber(row.projected);
  // Nothing is projected before the first contract's block, so nothing before it is behind either.
  const before = projected ?? (toNumber(row.first_block) ?? 0) - 1;
  return {
    chainId: Number(row.chain_id),
    head,
    finalized: toNumber(row.final_number),
    ingested: toNumber(row.ingested),
    projected,
    verified: toNumber(row.verified),
    lagBlocks: head === null ? null : Math.max(0, head - before),
    leader: row.leader,
    heartbeatAt: row.heartbeat_at,
    standbys: row.standbys,
    nodeLost,
    parked: row.parked,
    latched: row.latched_at !== null,
    quarantined: Number(row.quarantined),
    latch:
      row.latched_at === null
        ? null
        : { reason: row.latch_reason, detail: row.latch_detail, at: row.latched_at },
    completeness: row.completeness_level,
    contracts: Number(row.contracts),
    unknownTopicLogs: Number(row.unknown_topic_logs),
    firstBlock: toNumber(row.first_block),
    projectedAt: row.projected_at,
    projectedAgeSeconds: row.projected_age,
  };
}

/** PostgreSQL's bigints come as text. Block numbers are safe integers: that is checked where they enter. */
function toNumber(text: string | null): number | null {
  return text === null ? null : Number(text);
}
