/**
 * Fills in gas, which only receipts have. The job fetches receipts of final blocks, records them in the
 * ledger and updates the rows of their transactions. It has its own cursor, which stays behind the
 * projection's, because the rows must exist first.
 */
import type { ClientBase, Pool } from 'pg';
import type { NodePool } from '../../chain/nodes.ts';
import { getTransactionReceipts } from '../../chain/receipts.ts';
import type { BlockReference } from '../../rpc/types.ts';
import { withTransaction } from '../../../db/client.ts';
import { canonicalBlock } from '../../ledger/blocks.ts';
import { canonicalAncestor } from '../../ledger/branches.ts';
import { readChain } from '../../ledger/chains.ts';
import { listContracts } from '../../ledger/contracts.ts';
import { moveCursor, readCursor } from '../../ledger/cursors.ts';
import {
  appendReceiptFacts,
  type MissingReceipts,
  type ReceiptFacts,
  transactionsWithoutReceipts,
} from '../../ledger/receipts.ts';
import type { ProjectionSet } from '../../projection/projection-set.ts';
import { fillReceiptFacts } from '../../store/derived-columns.ts';
import { required } from '../../../primitives/errors.ts';
import type { Lease } from '../../leader/leadership.ts';

const transactionsAtOnce = 2_000;

/**
 * If the projection is further behind the head than this, it catches up first. Its last batch wakes this job
 * again.
 */
const mostBlocksBehind = 2;

export interface ReceiptsSettings {
  readonly pool: Pool;
  readonly lease: Lease;
  readonly nodes: NodePool;
  readonly projections: ProjectionSet;
  readonly signal: AbortSignal;
}

/**
 * Fetches the missing receipts up to the last block that is both final and projected. Does nothing while the
 * rows are behind the head.
 */
export async function fillReceipts(settings: ReceiptsSettings): Promise<void> {
  for (;;) {
    settings.signal.throwIfAborted();
    const work = await nextWork(settings);
    if (work === null) return;
    const facts = await fetchFacts(settings, work.missing);
    await withTransaction(settings.pool, async (client) => {
      await settings.lease.fence(client);
      const { chainId, epoch } = settings.lease;
      await appendReceiptFacts(client, chainId, facts);
      await fillReceiptFacts(
        client,
        chainId,
        work.missing.flatMap(({ transactionHashes }) => transactionHashes),
      );
      await moveCursor(client, { chainId, stream: 'receipts', from: work.from, to: work.to, epoch });
    });
  }
}

interface Work {
  readonly from: BlockReference | null;
  readonly to: BlockReference;
  readonly missing: readonly MissingReceipts[];
}

async function nextWork({ pool, lease, projections }: ReceiptsSettings): Promise<Work | null> {
  const { chainId } = lease;
  const work = async (client: ClientBase): Promise<Work | null> => {
    const from = await readCursor(client, chainId, 'receipts');
    const cursor = await readCursor(client, chainId, 'projection');
    // A cursor on an orphaned branch says nothing about the rows of the canonical branch, which may be final
    // at that height already.
    const projected = cursor && (await canonicalAncestor(client, chainId, cursor));
    const chain = await readChain(client, chainId);
    const final = chain?.final ?? null;
    const end =
      projected === null || final === null ? null : projected.number <= final.number ? projected : final;
    if (end === null || (from !== null && end.number <= from.number)) return null;
    if (isBehind(projected, chain?.head ?? null)) return null;
    const contracts = (await listContracts(client, chainId)).filter(({ kind }) =>
      projections.receiptKinds.has(kind),
    );
    const missing = await transactionsWithoutReceipts(client, chainId, {
      contracts: contracts.map(({ address }) => address),
      after: from?.number ?? -1,
      upTo: end.number,
      limit: transactionsAtOnce,
    });
    const transactions = missing.reduce((sum, { transactionHashes }) => sum + transactionHashes.length, 0);
    const last = missing.at(-1)?.block;
    if (transactions >= transactionsAtOnce && last !== undefined) return { from, to: last, missing };
    // At level `logs` the ledger has only some blocks, and may lack the final one.
    const to = await canonicalBlock(client, chainId, end.number);
    return to === null ? null : { from, to: { number: to.number, hash: to.hash }, missing };
  };
  // One snapshot, because ingest may switch branch at any time.
  return await withTransaction(pool, work, { isolation: 'repeatable read', isReadOnly: true });
}

function isBehind(projected: BlockReference | null, head: BlockReference | null): boolean {
  return projected !== null && head !== null && head.number - projected.number > mostBlocksBehind;
}

async function fetchFacts(
  { nodes, signal }: ReceiptsSettings,
  missing: readonly MissingReceipts[],
): Promise<ReceiptFacts[]> {
  const wanted = missing.flatMap(({ block, transactionHashes }) =>
    transactionHashes.map((transactionHash) => ({ block, transactionHash })),
  );
  const receipts = await nodes.run(async (node) => await getTransactionReceipts(node, wanted, { signal }));
  return receipts.map(({ transactionHash, gasUsed, effectiveGasPrice }, index) => {
    const { block } = required(wanted[index], 'the transaction of a receipt');
    return { block, transactionHash, gasUsed, effectiveGasPrice };
  });
}
