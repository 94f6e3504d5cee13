/** Reads the daemon's progress from the ledger. Needs only read access to the database, and no running daemon. */
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

/** A stream that is halted until a person acts. */
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

/** A daemon that is connected and leads no chain of this database: it takes over when a leader stops. */
export interface Standby {
  /** The address of its connection; null over a local socket, and if the role may not see it. */
  readonly address: string | null;
  /** ISO 8601: the start of its connection. */
  readonly since: string;
}

export interface Status {
  readonly chainId: number;
  /** Block numbers; null while unknown. */
  readonly head: number | null;
  readonly finalized: number | null;
  readonly ingested: number | null;
  readonly projected: number | null;
  /** The last block that was verified again after it became final. */
  readonly verified: number | null;
  /** Blocks between the chain's head and the rows; null while the head is unknown. */
  readonly lagBlocks: number | null;
  /** Null if no process has renewed its heartbeat recently. */
  readonly leader: Leader | null;
  /** ISO 8601: the last heartbeat of any leader; null if there was none, or if the last leader released the lease. */
  readonly heartbeatAt: string | null;
  /** Standby daemons of any chain of the database. */
  readonly standbys: readonly Standby[];
  /** The start of an outage of all nodes; the head is that old. Null while a node answers. */
  readonly nodeLost: NodeOutage | null;
  readonly parked: readonly HaltedStream[];
  /** Whether a reorg past finality, or a wrong final block, halted writing until a person decides; `latch` has the reason. */
  readonly latched: boolean;
  /** Unresolved logs in quarantine. */
  readonly quarantined: number;
  readonly latch: Halt | null;
  readonly completeness: string | null;
  /** Indexed contracts, including children of factories. */
  readonly contracts: number;
  /** Logs of indexed contracts whose topic is in no ABI. */
  readonly unknownTopicLogs: number;
  /** Contracts of which nothing could be decoded: their configured kind is probably wrong. */
  readonly contractsOfWrongKind: readonly string[];
  /** Token contracts with negative balances: their start block is too late, or they are not such a token. */
  readonly negativeBalances: readonly NegativeBalances[];
  /** The first block of any contract; null while none is recorded. Past the head, there is nothing to index yet. */
  readonly firstBlock: number | null;
  /** ISO 8601: when the last batch was projected. */
  readonly projectedAt: string | null;
  /** The time since then, in seconds, by the database's clock. */
  readonly projectedAgeSeconds: number | null;
  /** Areas with rows that another version of their projection made, each with its first stale block. */
  readonly staleAreas: readonly StaleArea[];
  /** Open audit findings. */
  readonly openFindings: OpenFindings;
}

/** A leader whose heartbeat is older than this counts as stopped. By the database's clock. */
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
 * Reads the status of a chain; without a chain id, that of the only chain. Throws a CannotRunError if the database does not follow the
 * chain, or if it follows several and none is named.
 */
export async function readStatus(client: ClientBase, chainId: number | null = null): Promise<Status> {
  const [status] = await readStatuses(client, await chooseChain(client, chainId));
  return required(status, 'the status of an existing chain');
}

function toStatus(
  row: StatusRow,
  nodeLost: NodeOutage | null,
): Omit<Status, 'contractsOfWrongKind' | 'negativeBalances' | 'staleAreas' | 'openFindings'> {
  const head = toNumber(row.head_number);
  const projected = toNumber(row.projected);
  // Nothing is projected before the first contract's block, so earlier blocks do not count as lag.
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

/** Converts a bigint, which PostgreSQL returns as text. Block numbers are checked to be safe integers when they enter the database. */
function toNumber(text: string | null): number | null {
  return text === null ? null : Number(text);
}
