/** Collects the data of a report besides the audit result: the subject and the versions of the programs. */
import { keccak256 } from 'viem';
import type { ClientBase } from 'pg';
import { type ChainNode, resultOf } from '../../rpc/node.ts';
import { parseData } from '../../rpc/parse.ts';
import { stateAt } from '../../chain/reads.ts';
import { NodeError } from '../../rpc/errors.ts';
import type { IndexedContract } from '../../contract/kind.ts';
import { readChain } from '../../ledger/chains.ts';
import { listContracts } from '../../ledger/contracts.ts';
import { required } from '../../../primitives/errors.ts';
import { type Hash, toHash } from '../../../primitives/hex.ts';
import { readCoverage } from '../../history/coverage.ts';
import { digestTables } from '../../store/digest.ts';
import type { LedgerProof } from '../prove/prove.ts';
import type { AuditResult } from '../findings/result.ts';
import { type AuditReport, reportFormat, type ReportedContract, type ReportedVersions } from './document.ts';

export interface ReportSources {
  /** A session with a snapshot open. */
  readonly client: ClientBase;
  readonly node: ChainNode;
  readonly audit: AuditResult;
  readonly proof: LedgerProof | null;
  /** The versions of this program and of Node. */
  readonly programVersions: { readonly tracechain: string; readonly node: string };
  readonly createdAt: Date;
}

/** Assembles everything except the previous report's hash, which is known only when the report is recorded. */
export async function assembleReport(sources: ReportSources): Promise<AuditReport> {
  const { client, node, audit, proof, createdAt } = sources;
  const { chainId, block, blockHash } = audit;
  const chain = required(await readChain(client, chainId), `chain ${chainId}`);
  const contracts = await listContracts(client, chainId);
  const counted = contracts.filter(({ startBlock }) => startBlock <= block);
  return {
    format: reportFormat,
    createdAt: createdAt.toISOString(),
    chain: { chainId, genesisHash: chain.genesisHash, block, blockHash, node: node.name },
    contracts: await withCodeHashes(node, counted, blockHash),
    audit,
    proof,
    coverage: await readCoverage(client, chainId),
    digest: await readDigest(client, chainId, block),
    versions: await readVersions(sources),
    previousReport: null,
  };
}

async function readDigest(
  client: ClientBase,
  chainId: number,
  block: number,
): Promise<AuditReport['digest']> {
  const { rows, sha256, tables } = await digestTables(client, chainId, block);
  return {
    rows,
    sha256,
    tables: tables.map((table) => ({ table: table.table, rows: table.rows, sha256: table.sha256 })),
  };
}

async function withCodeHashes(
  node: ChainNode,
  contracts: readonly IndexedContract[],
  blockHash: Hash,
): Promise<ReportedContract[]> {
  const requests = contracts.map(({ address }) => ({
    method: 'eth_getCode',
    params: [address, stateAt(blockHash)],
  }));
  const answers = await node.requestBatch(requests);
  return contracts.map(({ address, kind, startBlock, factory }, index) => ({
    address,
    kind,
    startBlock,
    factory,
    codeHash: codeHashOf(() => resultOf(answers[index])),
  }));
}

/** Null if the node no longer has that state. */
function codeHashOf(answer: () => unknown): Hash | null {
  try {
    return toHash(keccak256(parseData(answer(), 'code')));
  } catch (error) {
    if (error instanceof NodeError) return null;
    throw error;
  }
}

async function readVersions({
  client,
  node,
  audit,
  programVersions,
}: ReportSources): Promise<ReportedVersions> {
  const { rows } = await client.query<{ version: string; migrations: number; last: string }>(
    `select current_setting('server_version') as version, count(*)::int as migrations,
            (array_agg(hash order by created_at desc, id desc))[1] as last from ledger.migrations`,
  );
  const { rows: areas } = await client.query<{ area: string; version: number }>(
    'select area, version from ledger.projection_versions where chain_id = $1 order by area',
    [audit.chainId],
  );
  const row = required(rows[0], 'the database’s versions');
  return {
    ...programVersions,
    postgresql: row.version,
    schema: { migrations: row.migrations, lastSha256: row.last },
    chainClient: await clientVersion(node),
    projections: Object.fromEntries(areas.map(({ area, version }) => [area, version])),
  };
}

async function clientVersion(node: ChainNode): Promise<string | null> {
  try {
    return String(await node.request('web3_clientVersion', []));
  } catch (error) {
    if (error instanceof NodeError) return null;
    throw error;
  }
}
