/** Determines the chain that the nodes serve, records it, and checks every node against it before its use. */
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { isLastingRefusal, isNodeFault, OtherChainError } from '../../rpc/errors.ts';
import { getChainId, getGenesisHash } from '../../chain/headers.ts';
import type { ChainNode, RpcRequest } from '../../rpc/node.ts';
import type { NodePool } from '../../chain/nodes.ts';
import type { CompletenessLevel } from '../../rpc/types.ts';
import { withTransaction } from '../../../db/client.ts';
import { haltedFix, recordChain } from '../../ledger/chains.ts';
import { CannotRunError } from '../../../primitives/errors.ts';
import { type Hash, zeroAddress } from '../../../primitives/hex.ts';
import { askAtStart } from './ask-at-start.ts';
import { compareHistory } from '../ingest/known-history.ts';
import { retryForever } from '../../leader/retry-forever.ts';
import type { ChainSettings } from '../../settings.ts';

interface Identity {
  readonly chainId: number;
  readonly genesisHash: Hash;
}

/** Excludes nodes of another chain. Admits every node until the followed chain is known. */
export class ChainGuard {
  readonly #pool: Pool;
  readonly #signal: AbortSignal;
  #followed: Identity | null = null;

  constructor(pool: Pool, signal: AbortSignal) {
    this.#pool = pool;
    this.#signal = signal;
  }

  follow(identity: Identity): void {
    this.#followed = identity;
  }

  /** Throws OtherChainError for a node that does not serve the followed chain. */
  async admit(node: ChainNode): Promise<void> {
    const followed = this.#followed;
    if (followed === null) return;
    const signal = this.#signal;
    const { chainId } = followed;
    const served = await readIdentity(node, signal);
    if (served.chainId !== chainId || served.genesisHash !== followed.genesisHash) {
      throw new OtherChainError(
        `The node ${node.name} serves ${describe(served)}, but ${describe(followed)} is followed`,
        { chainId },
      );
    }
    const history = await compareHistory({ pool: this.#pool, chainId, node, signal });
    if (history === 'other') throw otherHistory(node, chainId);
  }
}

/** Returns the error for a node with the followed chain's id and genesis that has none of its blocks. */
export function otherHistory(node: ChainNode, chainId: number): OtherChainError {
  return new OtherChainError(
    `The node ${node.name} has none of the final blocks that the database has of chain ${chainId}: it serves another chain with the same id and genesis, such as a devnet that was begun anew`,
    { chainId },
  );
}

export interface IdentifySettings {
  readonly pool: Pool;
  readonly nodes: NodePool;
  readonly guard: ChainGuard;
  readonly chain: Pick<ChainSettings, 'expectedChainId' | 'completeness'>;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Returns the recorded id of the chain that the nodes serve. Throws a CannotRunError if it is not the
 * configured chain or the database's chain, if the nodes serve different chains, or if writing for it is
 * halted.
 */
export async function identify(settings: IdentifySettings): Promise<number> {
  const { pool, nodes, guard, chain, logger, signal } = settings;
  const waiting = { signal, logger };
  const identity = await retryForever(
    { what: 'asking the node for its chain', ...waiting },
    async () =>
      await askAtStart(nodes, async (node) => {
        const served = await readIdentity(node, signal);
        await expectMethods(node, chain.completeness, signal);
        return served;
      }),
  );
  const { chainId } = identity;
  if (chain.expectedChainId !== null && chainId !== chain.expectedChainId) {
    throw new CannotRunError(
      `the node serves chain ${chainId}, but chain ${chain.expectedChainId} is configured`,
      {
        code: 'sync/other-chain',
        fix: 'Point RPC_URL at a node of the configured chain, or correct chain.chainId.',
        place: { chainId },
      },
    );
  }
  const record = await retryForever({ what: 'recording the chain', ...waiting }, async () =>
    withTransaction(
      pool,
      async (client) => await recordChain(client, { ...identity, completeness: chain.completeness }),
    ),
  );
  if (record.latch !== null) {
    throw new CannotRunError(
      `Writing for chain ${chainId} is halted since ${record.latch.latchedAt.toISOString()}: ${record.latch.reason}`,
      {
        code: 'sync/latched',
        fix: haltedFix,
        place: { chainId },
      },
    );
  }
  guard.follow(identity);
  for (const node of nodes.nodes)
    await retryForever(
      { what: 'asking each node for its chain', ...waiting },
      async () => await expectAdmitted(settings, node, chainId),
    );
  return chainId;
}

/**
 * Refuses to start with a node of another chain. A node that cannot be reached now is checked before its
 * first use.
 */
async function expectAdmitted(
  { guard, logger }: IdentifySettings,
  node: ChainNode,
  chainId: number,
): Promise<void> {
  try {
    await guard.admit(node);
  } catch (error) {
    if (error instanceof OtherChainError) {
      throw new CannotRunError(error.message, {
        code: 'sync/other-chain',
        fix: 'Correct RPC_URL: every node must serve the chain that the database was filled from. For another chain, a devnet that was begun anew included, use another database.',
        place: { chainId },
      });
    }
    if (!isNodeFault(error)) throw error;
    logger.warn({ chainId, node: node.name, err: error }, 'a node can’t be asked yet for its chain');
  }
}

/**
 * Throws if a node refuses an indispensable method. Ignores other failures; the callers that need the answers
 * report those.
 */
async function expectMethods(
  node: ChainNode,
  completeness: CompletenessLevel,
  signal: AbortSignal,
): Promise<void> {
  const nobody = { address: [zeroAddress], fromBlock: 'latest', toBlock: 'latest' };
  const needed: RpcRequest[] = [
    { method: 'eth_getCode', params: [zeroAddress, 'latest'] },
    { method: 'eth_call', params: [{ to: zeroAddress, data: '0x' }, 'latest'] },
  ];
  // At level `receipts`, logs come from the receipts.
  if (completeness !== 'receipts') needed.push({ method: 'eth_getLogs', params: [nobody] });
  const answers = await node.requestBatch(needed, { signal });
  for (const answer of answers) if (!answer.ok && isLastingRefusal(answer.error)) throw answer.error;
}

async function readIdentity(node: ChainNode, signal: AbortSignal): Promise<Identity> {
  return {
    chainId: await getChainId(node, { signal }),
    genesisHash: await getGenesisHash(node, { signal }),
  };
}

function describe({ chainId, genesisHash }: Identity): string {
  return `chain ${chainId} with the genesis ${genesisHash}`;
}
