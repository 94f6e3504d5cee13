import {
  getChainId,
  getClientVersion,
  getGenesisHash,
  finalizedHeader,
  headHeader,
} from '../../engine/chain/headers.ts';
import { getLogs } from '../../engine/chain/logs.ts';
import { listenToNewHeads } from '../../engine/source/new-heads.ts';
import { createNode } from '../../engine/rpc/node.ts';
import type { ChainNode } from '../../engine/rpc/node.ts';
import { NodeError } from '../../engine/rpc/errors.ts';
import { maskUrl } from '../../engine/rpc/redact.ts';
import type { Configuration } from '../../config/index.ts';
import { TraceChainError } from '../../primitives/errors.ts';
import { toAddress } from '../../primitives/hex.ts';
import { printable } from '../../primitives/text.ts';
import { fail, ok, warn } from './check.ts';
import type { Finding } from './check.ts';
import { checkContracts } from './contracts.ts';

export interface KnownChain {
  readonly chainId: number;
  readonly genesisHash: string;
}

/** The timeout for nodes is shorter than the daemon's, because a person is waiting. */
const patienceMs = 10_000;

/** Checks every configured node. `known` are the chains that the database follows. */
export async function checkNodes(
  { chain, contracts, ingest }: Pick<Configuration, 'chain' | 'contracts' | 'ingest'>,
  known: readonly KnownChain[],
): Promise<Finding[]> {
  const timeoutMs = Math.min(chain.requestTimeoutMs, patienceMs);
  const findings: Finding[] = [];
  for (const url of chain.rpcUrls) {
    const node = createNode({ url, timeoutMs, retries: 1 });
    findings.push(
      ...(await checked(node.name, async () => {
        const { findings: identity, head } = await checkIdentity(node, chain.expectedChainId, known);
        return [
          ...identity,
          await checkFinality(node, head, chain.finality),
          await checkLogRange(node, head, ingest.maximumRangeBlocks),
          ...(await checkContracts(node, contracts, head)),
        ];
      })),
    );
  }
  for (const url of chain.webSocketUrls) findings.push(await checkWebSocket(url, timeoutMs));
  if (chain.webSocketUrls.length === 0 && chain.rpcUrls.length > 0) {
    findings.push(ok('node', 'WebSocket', `none: the head is polled every ${chain.pollIntervalMs} ms`));
  }
  return findings;
}

/** If all requests to a node fail, the result is one finding. */
async function checked(name: string, work: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TraceChainError)) throw error;
    return [fail('node', name, error.message, error.fix ?? 'Check the node and RPC_URL.')];
  }
}

async function checkIdentity(
  node: ChainNode,
  expectedChainId: number | null,
  known: readonly KnownChain[],
): Promise<{ readonly findings: Finding[]; readonly head: number }> {
  const [chainId, genesisHash, version, head] = [
    await getChainId(node),
    await getGenesisHash(node),
    await clientVersion(node),
    await headHeader(node),
  ];
  const findings = [
    ok('node', node.name, `reachable: ${version}, block ${head.number}`),
    checkChainId(chainId, genesisHash, expectedChainId, known),
  ];
  return { findings, head: head.number };
}

async function clientVersion(node: ChainNode): Promise<string> {
  try {
    return printable(await getClientVersion(node), 80);
  } catch (error) {
    // Many providers don't serve it, and the daemon does not need it.
    if (!(error instanceof NodeError)) throw error;
    return 'version not told';
  }
}

function checkChainId(
  chainId: number,
  genesisHash: string,
  expected: number | null,
  known: readonly KnownChain[],
): Finding {
  const subject = 'chain id';
  if (expected !== null && expected !== chainId) {
    return fail(
      'node',
      subject,
      `${chainId}, but ${expected} is configured`,
      'Correct chain.chainId, or RPC_URL.',
    );
  }
  const same = known.find((chain) => chain.chainId === chainId);
  if (same !== undefined && same.genesisHash !== genesisHash) {
    return fail(
      'node',
      subject,
      `${chainId}, but its genesis ${genesisHash} is not the database’s ${same.genesisHash}: another chain with that id`,
      'Use the node that the database was filled from, or another database.',
    );
  }
  if (same !== undefined) return ok('node', subject, `${chainId}, the database’s`);
  if (known.length === 0) return ok('node', subject, `${chainId}`);
  const others = known.map((chain) => chain.chainId).join(', ');
  return warn(
    'node',
    subject,
    `${chainId}, which the database does not follow yet (it follows ${others})`,
    'None needed if you are adding a chain; otherwise correct RPC_URL or DATABASE_URL.',
  );
}

async function checkFinality(
  node: ChainNode,
  head: number,
  finality: Configuration['chain']['finality'],
): Promise<Finding> {
  const subject = 'finality';
  try {
    const final = await finalizedHeader(node, head, finality);
    const how = finality.kind === 'tag' ? 'the finalized tag' : `${finality.blocks} blocks behind the head`;
    if (final !== null)
      return ok('node', subject, `${how}: block ${final.number}, ${head - final.number} behind the head`);
    if (finality.kind === 'depth') return ok('node', subject, `${how}: nothing is final yet`);
    return warn(
      'node',
      subject,
      'the node names no finalized block',
      'Wait for one on a young chain, or set chain.finality to { depth }.',
    );
  } catch (error) {
    if (!(error instanceof NodeError)) throw error;
    return fail(
      'node',
      subject,
      error.message,
      'Set chain.finality to { depth: … }: this node does not know the finalized tag.',
    );
  }
}

/** Requests a range in which the address has no logs, so that a refusal can only concern the range. */
async function checkLogRange(node: ChainNode, head: number, maximumRangeBlocks: number): Promise<Finding> {
  const subject = 'log range';
  const nobody = { addresses: [unusedAddress] };
  for (let blocks = Math.min(maximumRangeBlocks, head + 1); ; blocks = Math.max(1, Math.floor(blocks / 10))) {
    try {
      await getLogs(node, { from: head - blocks + 1, to: head }, nobody);
      if (blocks >= Math.min(maximumRangeBlocks, head + 1))
        return ok('node', subject, `${blocks} blocks in one request`);
      return warn(
        'node',
        subject,
        `${blocks} blocks in one request work, ${blocks * 10} don’t; the daemon adapts its ranges`,
        `Set ingest.maximumRangeBlocks to the node’s limit (about ${blocks}) to avoid refused requests.`,
      );
    } catch (error) {
      if (!(error instanceof NodeError)) throw error;
      if (blocks === 1) return fail('node', subject, error.message, 'Use a node that serves eth_getLogs.');
    }
  }
}

/** An address without a known key or a contract. */
const unusedAddress = toAddress('0x00000000000000000000000000000000deadc0de');

async function checkWebSocket(url: string, timeoutMs: number): Promise<Finding> {
  const controller = new AbortController();
  try {
    await listenToNewHeads({
      url,
      timeoutMs,
      signal: controller.signal,
      onSubscribed: () => controller.abort(),
      onHead: () => undefined,
    });
    return ok('node', 'WebSocket', `${maskUrl(url)} announces new blocks`);
  } catch (error) {
    if (!(error instanceof TraceChainError)) throw error;
    return warn('node', 'WebSocket', error.message, 'Correct WS_URL, or omit it: the daemon then polls.');
  }
}
