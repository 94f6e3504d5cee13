/**
 * Verifies every block that was ingested at the head again when it is final. It compares the header with the
 * chain's, fetches the logs again, proves them at the configured level and compares them with the ledger's.
 * The cursor `verification` records the progress. A backfill advances this cursor, because its blocks are
 * final when they are ingested.
 */
import type { ClientBase, Pool } from 'pg';
import type { Logger } from 'pino';
import { createWakeSignal } from '../../../primitives/async.ts';
import { isNodeFault, NodeError } from '../../rpc/errors.ts';
import { headHeader } from '../../chain/headers.ts';
import type { ChainNode } from '../../rpc/node.ts';
import type { NodePool } from '../../chain/nodes.ts';
import { createRangeMemory } from '../../source/range-fetcher.ts';
import type { BlockReference } from '../../rpc/types.ts';
import { ContractSet } from '../../contract/contract-set.ts';
import { withTransaction } from '../../../db/client.ts';
import { oldestCanonical } from '../../ledger/blocks.ts';
import { canonicalAncestor, isCanonical } from '../../ledger/branches.ts';
import { readChain } from '../../ledger/chains.ts';
import { listContracts } from '../../ledger/contracts.ts';
import { moveCursor, readCursor } from '../../ledger/cursors.ts';
import { endOfRun, type KnownLedgerBlock, ledgerBlockNumbers } from '../../ledger/final-blocks.ts';
import type { BlockRange } from '../../../primitives/interval.ts';
import { sleep } from '../../../primitives/time.ts';
import { differenceOf, FinalDifferenceError } from '../../ledger/final-difference.ts';
import { proveComplete } from '../../source/prove.ts';
import { finalRange } from '../../source/sources.ts';
import { haltWriting } from '../../leader/halt-chain.ts';
import type { Lease } from '../../leader/leadership.ts';
import { retryForever } from '../../leader/retry-forever.ts';
import type { ChainSettings } from '../../settings.ts';

export interface FinalVerifierOptions {
  readonly pool: Pool;
  readonly lease: Lease;
  readonly nodes: NodePool;
  readonly chain: Pick<ChainSettings, 'completeness'>;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

const blocksAtOnce = 100;
/** All of these logs are in memory twice: the ledger's and the node's. A single block may have more. */
const logsAtOnce = 10_000;
/** While ingest is further behind the head than this, new blocks have priority. */
const mostBlocksBehind = 2;
/** Milliseconds for which newly final blocks are collected into one request. */
const gatheringMs = 1_000;
/** Milliseconds after which the verifier runs in case a wake-up is lost. */
const safetyIntervalMs = 60_000;
/** Milliseconds before a difference is requested again; only a repeated difference counts. */
const secondLookMs = 1_000;

/** A run of final blocks that the ledger has and that are not verified yet. */
interface Due {
  readonly from: BlockReference | null;
  readonly to: BlockReference;
  readonly range: BlockRange;
  readonly kept: readonly KnownLedgerBlock[];
  readonly contracts: ContractSet;
}

/** Verifies ledger blocks against the nodes once they are final. */
export class FinalVerifier {
  readonly #options: FinalVerifierOptions;
  readonly #wakeSignal = createWakeSignal();
  readonly #ranges = createRangeMemory({ maximumBlocks: blocksAtOnce });

  constructor(options: FinalVerifierOptions) {
    this.#options = options;
  }

  /** Signals that more blocks may be final; returns immediately. */
  wake(): void {
    this.#wakeSignal.notify();
  }

  /**
   * Verifies until the signal is aborted. If the ledger differs from the chain, halts the chain and throws
   * FinalDifferenceError.
   */
  async run(): Promise<void> {
    const { signal, logger } = this.#options;
    while (!signal.aborted) {
      const hasMore = await retryForever(
        { what: 'verifying final blocks', signal, logger },
        async () => await this.#verifyNext(),
      );
      if (hasMore) continue;
      await this.#wakeSignal.wait(safetyIntervalMs, signal);
      await sleep(gatheringMs, signal);
    }
  }

  async #verifyNext(): Promise<boolean> {
    const { pool, lease, nodes, logger, signal } = this.#options;
    const { chainId, epoch } = lease;
    // One snapshot, because ingest continues meanwhile.
    const due = await withTransaction(pool, async (client) => await readDue(client, chainId), {
      isolation: 'repeatable read',
      isReadOnly: true,
    });
    if (due === null) return false;
    if (due.kept.length > 0) {
      const verify = async (): Promise<void> =>
        await nodes.run(async (node) => await this.#verify(node, due), isFaultOrDifference);
      try {
        await verify();
      } catch (error) {
        if (!(error instanceof FinalDifferenceError)) throw error;
        await sleep(secondLookMs, signal);
        await this.#verifyOrLatch(verify);
      }
    }
    await withTransaction(pool, async (client) => {
      await lease.fence(client);
      await moveCursor(client, { chainId, stream: 'verification', from: due.from, to: due.to, epoch });
    });
    logger.debug({ chainId, ...due.range, blocks: due.kept.length }, 'final blocks verified again');
    return true;
  }

  async #verifyOrLatch(verify: () => Promise<void>): Promise<void> {
    try {
      await verify();
    } catch (error) {
      if (error instanceof FinalDifferenceError) {
        await haltWriting(this.#options, {
          reason: error.message,
          detail: error.difference,
          message: 'a final block isn’t what the ledger has: writing has stopped',
        });
      }
      throw error;
    }
  }

  async #verify(node: ChainNode, { range, kept, contracts }: Due): Promise<void> {
    const { chain, lease, signal } = this.#options;
    const { completeness } = chain;
    const settings = { node, completeness, ranges: this.#ranges, signal };
    // A node answers a range past its head with the logs that it has, and at level `logs` no header reveals
    // the gap.
    if (completeness === 'logs') await expectReached(node, range.to, signal);
    const source = await finalRange(settings, range);
    const headers = source.headers ?? (await source.headersOf(kept.map(({ number }) => number)));
    const active = contracts.activeIn(range);
    const logs =
      active.length === 0 ? [] : await proveComplete(settings, source, active, await source.logs(active));
    const difference = differenceOf(kept, headers, logs);
    if (difference !== null) throw new FinalDifferenceError(lease.chainId, node.name, difference);
  }
}

function isFaultOrDifference(error: unknown): boolean {
  return error instanceof FinalDifferenceError || isNodeFault(error);
}

async function expectReached(node: ChainNode, blockNumber: number, signal: AbortSignal): Promise<void> {
  const method = 'eth_getBlockByNumber';
  const head = await headHeader(node, { signal });
  if (head.number >= blockNumber) return;
  throw new NodeError(`The node ${node.name} doesn’t have block ${blockNumber} yet`, {
    kind: 'unknown-block',
    method,
    place: { blockNumber },
  });
}

async function readDue(client: ClientBase, chainId: number): Promise<Due | null> {
  const cursor = await readCursor(client, chainId, 'verification');
  const ingested = await readCursor(client, chainId, 'ingest');
  const chain = await readChain(client, chainId);
  const final = chain?.final ?? null;
  if (ingested === null || final === null) return null;
  if ((chain?.head?.number ?? 0) - ingested.number > mostBlocksBehind) return null;
  // An operator may have reverted final blocks.
  const after =
    cursor === null || (await isCanonical(client, chainId, cursor))
      ? cursor
      : await canonicalAncestor(client, chainId, cursor);
  const end = Math.min(final.number, ingested.number);
  const first = after?.number ?? (await oldestCanonical(client, chainId, { from: 0, to: end }))?.number;
  if (first === undefined) return null;
  const from = after === null ? first : first + 1;
  const next = { from, to: Math.min(end, from + blocksAtOnce - 1) };
  const to = await endOfRun(client, chainId, next, logsAtOnce);
  // At level `logs` the ledger has only some blocks, and the next one may be further ahead.
  const last = to ?? (await oldestCanonical(client, chainId, { from, to: end }));
  if (last === null) return null;
  const range = { from: to === null ? last.number : from, to: last.number };
  const contracts = new ContractSet(await listContracts(client, chainId));
  return { from: cursor, to: last, range, kept: await ledgerBlockNumbers(client, chainId, range), contracts };
}
