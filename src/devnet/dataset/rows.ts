/** Saves a generated dataset in a database: projected by the real projections, and saved like a real chain. */
import type { Pool } from 'pg';
import type { BlockReference } from '../../engine/rpc/types.ts';
import { withTransaction } from '../../db/client.ts';
import { appendBatch } from '../../engine/ledger/blocks.ts';
import { recordChain, updateHead } from '../../engine/ledger/chains.ts';
import { addContracts } from '../../engine/ledger/contracts.ts';
import { moveCursor, readCursor } from '../../engine/ledger/cursors.ts';
import { InvariantError, required } from '../../primitives/errors.ts';
import { allProjections } from '../../tracechain/projections.ts';
import { project } from '../../engine/projection/project.ts';
import { linkBatch } from '../../engine/store/derived-columns.ts';
import { committedRows } from '../../engine/store/load.ts';
import { saveEffect } from '../../engine/store/save.ts';
import type { GeneratedBlock } from './event-log.ts';
import { type Dataset, generateDataset, type DatasetOptions } from './dataset.ts';

export interface SavedDataset {
  readonly events: number;
  readonly blocks: number;
}

export interface SaveOptions extends DatasetOptions {
  readonly signal?: AbortSignal;
  /** Called after every batch. */
  readonly onProgress?: (events: number) => void;
}

const batchEvents = 10_000;

/**
 * Fills a migrated database that does not have the chain yet. Its ledger gets the blocks, all final, without logs:
 * the rows can't be replayed.
 */
export async function saveDataset(pool: Pool, options: SaveOptions): Promise<SavedDataset> {
  const { chainId, signal, onProgress } = options;
  const life = generateDataset(options);
  let events = 0;
  let blocks = 0;
  for (const batch of batchesOf(life.blocks)) {
    signal?.throwIfAborted();
    const [first] = batch;
    if (blocks === 0 && first !== undefined) await beginChain(pool, chainId, first, life);
    await saveBatch(pool, chainId, batch);
    blocks += batch.length;
    events += batch.reduce((sum, block) => sum + block.events.length, 0);
    onProgress?.(events);
  }
  return { events, blocks };
}

async function beginChain(
  pool: Pool,
  chainId: number,
  genesis: GeneratedBlock,
  { contracts }: Dataset,
): Promise<void> {
  await withTransaction(pool, async (client) => {
    await recordChain(client, { chainId, genesisHash: genesis.header.hash, completeness: 'logs' });
    await addContracts(
      client,
      Object.values(contracts).map((contract) => ({ ...contract, source: 'configuration' as const })),
    );
  });
}

function* batchesOf(blocks: Iterable<GeneratedBlock>): Generator<readonly GeneratedBlock[]> {
  let batch: GeneratedBlock[] = [];
  let events = 0;
  for (const block of blocks) {
    batch.push(block);
    events += block.events.length;
    if (events < batchEvents) continue;
    yield batch;
    batch = [];
    events = 0;
  }
  if (batch.length > 0) yield batch;
}

async function saveBatch(pool: Pool, chainId: number, blocks: readonly GeneratedBlock[]): Promise<void> {
  const first = required(blocks[0], 'the first block');
  const last = required(blocks.at(-1), 'the last block');
  const decoded = {
    chainId,
    events: blocks.flatMap(({ events }) => events),
    undecoded: [],
    unknown: [],
  };
  const effect = await project(decoded, committedRows(pool, chainId), { projections: allProjections });
  const [refused] = effect.quarantined;
  if (refused !== undefined)
    throw new InvariantError(`a generated ${refused.eventName} can't take effect: ${refused.error.message}`);
  const head: BlockReference = { number: last.header.number, hash: last.header.hash };
  await withTransaction(pool, async (client) => {
    await appendBatch(client, {
      chainId,
      range: { from: first.header.number, to: head.number },
      completeness: 'logs',
      blocks: blocks.map(({ header }) => ({ header, logs: [] })),
      reads: [],
    });
    const from = await readCursor(client, chainId, 'projection');
    for (const stream of ['ingest', 'projection'] as const)
      await moveCursor(client, { chainId, stream, from, to: head, epoch: 0 });
    await updateHead(client, chainId, { head, final: head });
    await saveEffect(client, { chainId, effect, final: head.number });
    const { links } = allProjections;
    for (let waiting = await linkBatch(client, chainId, effect, links); waiting.length > 0;)
      waiting = (await links?.linkWaiting(client, chainId, waiting)) ?? [];
  });
}
