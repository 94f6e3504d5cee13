/**
 * Backfills contracts that are added to the configuration after the ledger has blocks in which they are
 * active. It fetches their logs, proves them and adds them at their own positions. The areas that handle them
 * are stale from there; a replay makes the rows.
 */
import type { ClientBase, Pool } from 'pg';
import type { Logger } from 'pino';
import { getHeaders } from '../../chain/headers.ts';
import type { ChainNode } from '../../rpc/node.ts';
import type { NodePool } from '../../chain/nodes.ts';
import { createRangeMemory } from '../../source/range-fetcher.ts';
import { ContractSet } from '../../contract/contract-set.ts';
import type { IndexedContract } from '../../contract/kind.ts';
import { withClient, withTransaction } from '../../../db/client.ts';
import { readChain } from '../../ledger/chains.ts';
import { addContracts, type NewContract } from '../../ledger/contracts.ts';
import { readCursor } from '../../ledger/cursors.ts';
import { ledgerBlockNumbers } from '../../ledger/final-blocks.ts';
import { addLogsOfAddedContracts, refillReceiptsFrom } from '../../ledger/added-contract-logs.ts';
import { markStale } from '../../ledger/projection-versions.ts';
import { CannotRunError } from '../../../primitives/errors.ts';
import type { BlockRange } from '../../../primitives/interval.ts';
import type { ProjectionSet } from '../../projection/projection-set.ts';
import { type FetchedBatch, gather } from '../../source/gather.ts';
import { finalRange, headBlocks } from '../../source/sources.ts';
import type { Lease } from '../../leader/leadership.ts';
import { retryForever } from '../../leader/retry-forever.ts';
import type { ChainSettings, IngestSettings } from '../../settings.ts';

export interface AddedContractSettings {
  readonly pool: Pool;
  readonly lease: Lease;
  readonly nodes: NodePool;
  readonly chain: Pick<ChainSettings, 'completeness' | 'multicall3'>;
  readonly ingest: Pick<IngestSettings, 'maximumRangeBlocks' | 'maximumReadBytes'>;
  readonly projections: ProjectionSet;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Blocks near the head are requested one by one, by hash. */
const mostHeadBlocksAtOnce = 100;

/**
 * Backfills and records the contracts, before ingest continues. Keeps what an interrupted attempt added.
 * Throws the nodes' and the database's errors.
 */
export async function backfillAddedContracts(
  settings: AddedContractSettings,
  late: readonly IndexedContract[],
): Promise<void> {
  if (late.length === 0) return;
  const { pool, lease, logger, signal, nodes, projections } = settings;
  const { chainId } = lease;
  const from = Math.min(...late.map(({ startBlock }) => startBlock));
  const { ingested, final } = await withClient(pool, async (client) => ({
    ingested: (await readCursor(client, chainId, 'ingest'))?.number ?? -1,
    final: (await readChain(client, chainId))?.final?.number ?? -1,
  }));
  const discovered: NewContract[] = [];
  let contracts = new ContractSet(late);
  let logs = 0;
  for (const range of ranges(settings, { from, to: ingested }, final)) {
    signal.throwIfAborted();
    const gathered = await retryForever({ what: 'fetching a contract’s past', signal, logger }, async () =>
      nodes.run(async (node) => await gatherLate(settings, node, { range, final, contracts })),
    );
    discovered.push(...gathered.discovered);
    contracts = gathered.contracts;
    logs += await withTransaction(pool, async (client) => {
      await lease.fence(client);
      await refuseOtherBlocks(client, chainId, range, gathered);
      return await addLogsOfAddedContracts(client, { chainId, ...gathered });
    });
  }
  const kinds = new Set([...contracts].map(({ kind }) => kind));
  const areas = projections.projections
    .filter(({ handlers }) => handlers.some(({ kind }) => kinds.has(kind)))
    .map(({ area }) => area);
  await withTransaction(pool, async (client) => {
    await lease.fence(client);
    await addContracts(client, [
      ...late.map((contract) => ({ ...contract, source: 'configuration' as const })),
      ...discovered,
    ]);
    await markStale(client, chainId, { areas, from });
    await refillReceiptsFrom(client, chainId, from);
  });
  logger.warn(
    { chainId, contracts: late.map(({ address }) => address), from, to: ingested, logs, areas },
    'contracts were configured later: their past is in the ledger, and npx tracechain replay --stale makes its rows',
  );
}

function* ranges({ ingest }: AddedContractSettings, all: BlockRange, final: number): Generator<BlockRange> {
  let from = all.from;
  while (from <= all.to) {
    const isFinal = from <= final;
    const end = from + (isFinal ? ingest.maximumRangeBlocks : mostHeadBlocksAtOnce) - 1;
    const to = Math.min(end, isFinal ? final : all.to, all.to);
    yield { from, to };
    from = to + 1;
  }
}

async function gatherLate(
  { chain, ingest, signal }: AddedContractSettings,
  node: ChainNode,
  {
    range,
    final,
    contracts,
  }: { readonly range: BlockRange; readonly final: number; readonly contracts: ContractSet },
): Promise<FetchedBatch> {
  const { completeness, multicall3 } = chain;
  const memory = createRangeMemory({ maximumBlocks: ingest.maximumRangeBlocks });
  const { maximumReadBytes } = ingest;
  const asking = { node, completeness, ranges: memory, signal, multicall3, maximumReadBytes };
  if (range.to <= final) return await gather(asking, await finalRange(asking, range), contracts);
  const [first, ...rest] = await getHeaders(node, range, { signal });
  if (first === undefined)
    throw new CannotRunError(`The node has no block ${range.from}.`, lateRefusal(range));
  return await gather(asking, headBlocks(asking, [first, ...rest]), contracts);
}

/** Throws if the node's blocks are not the ledger's. Ingest, which handles reorgs, does not run yet. */
async function refuseOtherBlocks(
  client: ClientBase,
  chainId: number,
  range: BlockRange,
  { blocks }: FetchedBatch,
): Promise<void> {
  const kept = new Map(
    (await ledgerBlockNumbers(client, chainId, range)).map(({ number, hash }) => [number, hash]),
  );
  const other = blocks.find(({ header }) => (kept.get(header.number) ?? header.hash) !== header.hash);
  if (other === undefined) return;
  throw new CannotRunError(
    `The chain has been reorganized since block ${other.header.number} was taken in, so a new contract’s past can’t be added to it.`,
    lateRefusal(range),
  );
}

function lateRefusal(range: BlockRange) {
  return {
    code: 'sync/contract-late',
    fix: 'Start the daemon without the new contract, let it catch up, and add it then.',
    place: { blockNumber: range.from },
  };
}
