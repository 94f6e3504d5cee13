/**
 * Runs an audit: compares the contracts' state at one final block, the fold of the ledger up to it, and the tables as of it, field by
 * field. All database reads use one snapshot.
 */
import type { ClientBase } from 'pg';
import type { ChainNode } from '../rpc/node.ts';
import { ContractSet } from '../contract/contract-set.ts';
import { withTransaction } from '../../db/client.ts';
import { listContracts } from '../ledger/contracts.ts';
import type { PlacedObservation } from '../ledger/observations.ts';
import type { Address, Hash } from '../../primitives/hex.ts';
import { allDone } from '../../primitives/async.ts';
import { storedTable } from '../store/stored-table.ts';
import { type AreaAudit, entityKindsOf, listNotAudited } from './expectations/area-audit.ts';
import { auditEverything, type AuditOutcome } from './full.ts';
import { auditTouched } from './incremental.ts';
import { chooseBlock, pinBlock } from './rows/pinned-block.ts';
import {
  type CleanAudit,
  cleanStorageRoots,
  lastCleanAudit,
  recordAudit,
  requireRightToRecord,
} from './findings/record.ts';
import type { AuditResult, AuditScope, SkippedContract } from './findings/result.ts';
import type { AuditOptions, AuditContext } from './context.ts';
import { createStateReader, type StateReader } from './expectations/state-reads.ts';
import { readStorageRoots } from './expectations/storage-roots.ts';
import { isLiveAt, storedRowsAt } from './rows/stored-rows.ts';
import { isoTime } from '../history/described-event.ts';

/**
 * Runs an audit, and records it in the ledger if requested. Throws a CannotRunError if there is nothing to audit, or if the node serves
 * another chain or branch.
 */
export async function runAudit(options: AuditOptions): Promise<AuditResult> {
  // Checked first, because an audit takes long.
  if (options.isRecorded) await requireRightToRecord(options.pool);
  const { result, storageRoots, sampleRound, observations } = await withTransaction(
    options.pool,
    async (client) => await auditIn(client, options),
    { isolation: 'repeatable read', isReadOnly: true },
  );
  let runId: number | null = null;
  if (options.isRecorded) {
    const { startedBy, areas } = options;
    const coversAllAreas = areas === null;
    runId = await withTransaction(
      options.pool,
      async (client) =>
        await recordAudit(client, { result, startedBy, coversAllAreas, sampleRound, storageRoots }),
    );
  }
  options.onObserved?.(observations, runId);
  return result;
}

interface Audited {
  readonly result: AuditResult;
  readonly storageRoots: ReadonlyMap<Address, Hash>;
  readonly sampleRound: number | null;
  readonly observations: readonly PlacedObservation[];
}

/** The default number of incremental audits that together read every unchanged entity once. */
const defaultRounds = 64;

async function auditIn(client: ClientBase, options: AuditOptions): Promise<Audited> {
  const startedAt = options.now();
  // Read-only roles have query limits, but an audit is one long snapshot.
  await client.query('set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0');
  const context = await contextOf(client, options);
  const { chainId, block, areas, audited } = context;
  const clean = options.isFull || options.areas !== null ? null : await lastCleanAudit(client, chainId);
  const quick =
    clean === null || clean.block > block.number
      ? null
      : await auditQuickly(client, context, clean, options.sample);
  const { storageRoots, ...audit } =
    quick === null ? await fullAudit(client, context, options) : { ...quick.outcome, storageRoots: noRoots };
  const { observations, ...outcome } = audit;
  const full: AuditScope = {
    mode: 'full',
    areas: areas.map(({ area }) => area),
    since: null,
    runsUntilAllAreRead: null,
  };
  const result: AuditResult = {
    chainId,
    block: block.number,
    blockHash: block.hash,
    // JavaScript's calendar ends in the year 275760; a devnet's clock may be set past it.
    blockTime: isoTime(block.timestamp) ?? `${block.timestamp} seconds after 1970`,
    scope:
      quick === null
        ? full
        : { ...full, mode: 'incremental', since: quick.since, runsUntilAllAreRead: quick.rounds },
    contracts: audited.length,
    skippedContracts: quick?.skipped ?? [],
    notAudited: listNotAudited(areas),
    ...outcome,
    startedAt: startedAt.toISOString(),
    seconds: (options.now().getTime() - startedAt.getTime()) / 1000,
  };
  return { result, storageRoots, sampleRound: quick?.round ?? null, observations };
}

const noRoots: ReadonlyMap<Address, Hash> = new Map();

/** Later audits use the storage roots to detect unchanged contracts, so they are read only if this audit is recorded. */
async function fullAudit(
  client: ClientBase,
  context: AuditContext,
  { isRecorded, areas }: AuditOptions,
): Promise<AuditOutcome & { readonly storageRoots: ReadonlyMap<Address, Hash> }> {
  const { node, audited, block, signal } = context;
  const addresses = isRecorded && areas === null ? audited.map(({ address }) => address) : [];
  const [outcome, storageRoots] = await allDone([
    auditEverything(client, context),
    readStorageRoots(node, addresses, block, signal === undefined ? {} : { signal }),
  ]);
  return { ...outcome, storageRoots };
}

async function contextOf(client: ClientBase, options: AuditOptions): Promise<AuditContext> {
  const { chainId, nodes, signal } = options;
  const [node, ...otherNodes] = nodes;
  const number = await chooseBlock(client, node, chainId, options.at);
  const block = await pinBlock(client, node, { chainId, number });
  const contracts = new ContractSet(await listContracts(client, chainId));
  const at = { chainId, blockNumber: number, isLive: await isLiveAt(client, chainId, number) };
  return {
    chainId,
    projections: options.subject.projections,
    areas: options.subject.audits.filter(({ area }) => options.areas?.includes(area) ?? true),
    contracts,
    audited: [...contracts].filter(({ startBlock }) => startBlock <= number),
    block,
    at,
    stored: storedRowsAt(client, at),
    node,
    reader: readerOf(node, options),
    otherReaders: otherNodes.map((one) => readerOf(one, options)),
    observes: options.onObserved !== undefined,
    signal,
  };
}

interface Quick {
  readonly outcome: AuditOutcome;
  readonly since: number;
  readonly round: number;
  readonly rounds: number;
  readonly skipped: readonly SkippedContract[];
}

/** Null if the incremental audit has detected a finding, which only a full audit can determine. */
async function auditQuickly(
  client: ClientBase,
  context: AuditContext,
  clean: CleanAudit,
  sample: number | null,
): Promise<Quick | null> {
  const rounds =
    sample === null
      ? defaultRounds
      : await roundsFor(client, { chainId: context.chainId, audits: context.areas }, sample);
  const round = ((clean.sampleRound ?? -1) + 1) % rounds;
  const result = await auditTouched(client, {
    ...context,
    cleanRoots: await cleanStorageRoots(client, context.chainId),
    since: clean.block,
    round,
    rounds,
  });
  if (!result.isClean) return null;
  const { entities, rows, fields } = result;
  return {
    outcome: {
      entities,
      rows,
      fields,
      findings: [],
      invariants: result.invariants,
      digests: null,
      observations: [],
    },
    since: clean.block,
    round,
    rounds,
    skipped: result.unchanged.map(({ address, kind }) => ({ address, kind, reason: unchangedStorage })),
  };
}

const unchangedStorage =
  'its storage is, by a proof against the header, what it was when a full audit last found nothing';

/** The number of audits until every entity is read, with this number of entities per audit. */
async function roundsFor(
  client: ClientBase,
  { chainId, audits }: { readonly chainId: number; readonly audits: readonly AreaAudit[] },
  sample: number,
): Promise<number> {
  const tables = new Set(audits.flatMap(entityKindsOf).flatMap(({ countedIn }) => countedIn ?? []));
  const counts = Array.from(
    tables,
    (table) => `(select count(*) from ${storedTable(table).sqlName} where chain_id = $1)`,
  );
  if (counts.length === 0) return 1;
  const { rows } = await client.query<{ count: number }>(`select (${counts.join(' + ')})::float8 as count`, [
    chainId,
  ]);
  return Math.max(1, Math.ceil((rows[0]?.count ?? 0) / Math.max(1, sample)));
}

function readerOf(node: ChainNode, { maximumReadBytes, multicall3, signal }: AuditOptions): StateReader {
  return createStateReader(node, { maximumBytes: maximumReadBytes, multicall3, signal });
}
