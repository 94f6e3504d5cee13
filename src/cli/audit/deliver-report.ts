/** The optional steps after an audit: the proof of the ledger, and the signed report. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import type { ClientBase, Pool } from 'pg';
import { type LedgerProof, proveLedger } from '../../engine/audit/prove/prove.ts';
import { assembleReport } from '../../engine/audit/report/assemble.ts';
import { readPrivateKey } from '../../engine/audit/report/keys.ts';
import { recordNextReport } from '../../engine/audit/report/record.ts';
import type { AuditResult } from '../../engine/audit/findings/result.ts';
import type { ChainNode } from '../../engine/rpc/node.ts';
import { ContractSet } from '../../engine/contract/contract-set.ts';
import { withTransaction } from '../../db/client.ts';
import { listContracts } from '../../engine/ledger/contracts.ts';
import { CannotRunError } from '../../primitives/errors.ts';
import { printNote } from '../output.ts';
import { programVersion } from '../version.ts';
import { removeReport, requireNewFiles, writeReport, type WrittenReport } from './report-files.ts';

export interface DeliveryOptions {
  readonly prove?: true;
  /** The file of the signed report. */
  readonly report?: string;
  /** The private key's file. */
  readonly key?: string;
}

export interface Delivered {
  readonly proof: LedgerProof | null;
  readonly report: WrittenReport | null;
}

/** The steps that follow the audit, checked before it begins, because it may take long. */
export interface DeliveryPlan {
  readonly isProven: boolean;
  readonly report: { readonly file: string; readonly privateKey: KeyObject } | null;
}

export const keyVariable = 'TRACECHAIN_AUDIT_KEY';

export async function planDelivery({ prove, report: file, key }: DeliveryOptions): Promise<DeliveryPlan> {
  const isProven = prove === true;
  if (file === undefined) return { isProven, report: null };
  const keyFile = key ?? process.env[keyVariable];
  if (keyFile === undefined) {
    throw new CannotRunError('A report must be signed, and no key is given', {
      code: 'audit/no-key',
      fix: `Name the private key with --key or in ${keyVariable}; npx tracechain audit keygen makes one.`,
    });
  }
  await requireNewFiles(file);
  return { isProven, report: { file, privateKey: await readPrivateKey(keyFile) } };
}

export interface AuditedContext {
  readonly pool: Pool;
  readonly node: ChainNode;
  readonly result: AuditResult;
  /** Whether the report is recorded in the ledger, so that the next one refers to it. */
  readonly isRecorded: boolean;
  readonly signal?: AbortSignal;
}

export async function deliverReport(
  { isProven, report }: DeliveryPlan,
  context: AuditedContext,
): Promise<Delivered> {
  const proof = isProven ? await proveUpTo(context) : null;
  return { proof, report: report === null ? null : await hand(report, proof, context) };
}

/** Proves the blocks from the first one of any contract to the audited one. */
async function proveUpTo({ pool, node, result, signal }: AuditedContext): Promise<LedgerProof> {
  const { chainId, block } = result;
  return await inSnapshot(pool, async (client) => {
    const contracts = new ContractSet(await listContracts(client, chainId));
    return await proveLedger({
      client,
      node,
      chainId,
      contracts,
      range: { from: Math.min(contracts.firstBlock(), block), to: block },
      ...(signal === undefined ? {} : { signal }),
      onProgress: progressOf(block),
    });
  });
}

function progressOf(last: number): (done: { readonly block: number; readonly problems: number }) => void {
  const everyMs = 5_000;
  let saidAt = Date.now();
  return ({ block, problems }) => {
    if (!process.stderr.isTTY || Date.now() - saidAt < everyMs) return;
    saidAt = Date.now();
    printNote(`proven up to block ${block} of ${last}${problems === 0 ? '' : `, ${problems} problems`}`);
  };
}

async function hand(
  { file, privateKey }: NonNullable<DeliveryPlan['report']>,
  proof: LedgerProof | null,
  { pool, node, result, isRecorded }: AuditedContext,
): Promise<WrittenReport> {
  const { chainId, block, blockHash, findings } = result;
  const report = await inSnapshot(
    pool,
    async (client) =>
      await assembleReport({
        client,
        node,
        audit: result,
        proof,
        programVersions: { tracechain: programVersion(), node: process.version },
        createdAt: new Date(),
      }),
  );
  if (!isRecorded) return await writeReport(file, report, privateKey);
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
  let written: WrittenReport | null = null;
  try {
    await recordNextReport(pool, chainId, async (previousReport) => {
      written = await writeReport(file, { ...report, previousReport }, privateKey);
      return { chainId, block, blockHash, sha256: written.sha256, publicKey, findings: findings.length };
    });
  } catch (error) {
    if (written !== null) await removeReport(written);
    throw error;
  }
  if (written === null) throw new TypeError('a report that was recorded was written');
  return written;
}

async function inSnapshot<Result>(
  pool: Pool,
  work: (client: ClientBase) => Promise<Result>,
): Promise<Result> {
  return await withTransaction(pool, work, { isolation: 'repeatable read', isReadOnly: true });
}
