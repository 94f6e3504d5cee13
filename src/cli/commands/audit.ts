import { Command, InvalidArgumentError, Option } from 'commander';
import { notLookedAt } from '../../engine/audit/report/scope.ts';
import type { AuditResult } from '../../engine/audit/findings/result.ts';
import { repairCommand } from '../../engine/replay/repair.ts';
import { runAudit } from '../../engine/audit/run.ts';
import type { AuditOptions } from '../../engine/audit/context.ts';
import type { WantedBlock } from '../../engine/audit/rows/pinned-block.ts';
import { createNode } from '../../engine/rpc/node.ts';
import type { ChainNode } from '../../engine/rpc/node.ts';
import { createPool, withClient } from '../../db/client.ts';
import { chooseChain } from '../../engine/ledger/chains.ts';
import type { PlacedObservation } from '../../engine/ledger/observations.ts';
import { CannotRunError } from '../../primitives/errors.ts';
import { tracechain } from '../../tracechain/audits.ts';
import type { Area } from '../../engine/projection/projection.ts';
import {
  deliverReport,
  type Delivered,
  type DeliveryOptions,
  keyVariable,
  planDelivery,
} from '../audit/deliver-report.ts';
import { auditPage } from '../audit/html.ts';
import { formatProof } from '../audit/proof.ts';
import type { WrittenReport } from '../audit/report-files.ts';
import { formatAudit } from '../audit/table.ts';
import { parseBlockOrTime, parseChainId } from '../arguments.ts';
import { openContext } from '../context.ts';
import type { CommandContext } from '../context.ts';
import { findDatabase } from '../database.ts';
import type { FoundDatabase } from '../database.ts';
import { exitCodes } from '../exit-codes.ts';
import { runLeaderCommand } from '../leader-commands.ts';
import { printJson, printLine, printNote } from '../output.ts';
import { requireSchema } from '../schema-check.ts';
import { listenForShutdown } from '../shutdown.ts';
import { auditKeygenCommand } from './audit-keygen.ts';
import { auditVerifyCommand } from './audit-verify.ts';

interface AuditCommandOptions extends DeliveryOptions {
  readonly at?: WantedBlock;
  readonly only?: readonly Area[];
  readonly sample?: number;
  readonly full?: true;
  readonly repair?: true;
  /** Commander's name for `--no-record`. */
  readonly record: boolean;
  readonly rpc?: string;
  readonly chain?: number;
  readonly format: 'table' | 'json' | 'html';
}

const areaNames = tracechain.projections.areas;

export function auditCommand(): Command {
  return (
    new Command('audit')
      .description('compare the tables with the contracts and the ledger at one final block, field by field')
      .option(
        '--at <block|time>',
        'the block, or the last block before a time, in UTC unless it has a zone (default: the last final and projected block)',
        parseBlockOrTime,
      )
      .option('--only <area...>', `the areas: ${areaNames.join(', ')} (default: all)`, collectArea)
      .option('--sample <n>', 'the number of untouched entities to read again', parseCount)
      .option('--full', 'read every entity and project the whole ledger, regardless of earlier audits')
      .option(
        '--repair',
        'enter changes without an event into the ledger, project from there again, and repeat the audit',
      )
      .option(
        '--prove',
        'prove the ledger up to the audited block: the header, receipts and logs of every block',
      )
      .option('--report <file>', 'write the report as signed JSON, and a readable page (.html) next to it')
      .option('--key <file>', `the private key that signs it (default: ${keyVariable})`)
      .option('--no-record', 'don’t record the run and its findings; for read-only roles')
      .option('--rpc <url>', 'the node to ask (default: the configured ones)')
      .option('--chain <id>', 'the chain, if the database follows several', parseChainId)
      .addOption(
        new Option('--format <format>', 'how to print').choices(['table', 'json', 'html']).default('table'),
      )
      .addHelpText(
        'after',
        `
Exit codes: 0 no findings in what was audited, 1 findings, 2 could not audit.

Examples:
  $ tracechain audit
  $ tracechain audit --full --prove --report audit.json --key tracechain-audit.pem
  $ tracechain audit --full --only products --format json | jq '.findings[] | {entity, field, class}'
  $ tracechain audit --at 2026-01-01 --no-record --rpc https://my-own-node --format html > audit.html`,
      )
      .action(async (options: AuditCommandOptions, command: Command) => {
        // An observation of a repair refers to the recorded audit that found the difference.
        if (options.repair === true && !options.record) {
          command.error("error: option '--repair' cannot be used with option '--no-record'", {
            code: 'commander.conflictingOption',
          });
        }
        const audited = await audit(options, command);
        print(audited, options.format);
        process.exitCode = isClean(audited) ? exitCodes.good : exitCodes.findings;
      })
      // Its subcommands have options with the same names.
      .enablePositionalOptions()
      .addCommand(auditVerifyCommand())
      .addCommand(auditKeygenCommand())
  );
}

interface Audited extends Delivered {
  readonly result: AuditResult;
}

function isClean({ result, proof }: Audited): boolean {
  return result.findings.length === 0 && (proof?.problems.length ?? 0) === 0;
}

async function audit(options: AuditCommandOptions, command: Command): Promise<Audited> {
  const plan = await planDelivery(options);
  const context = await openContext(command);
  const { chain, ingest } = context.configuration;
  const database = await findDatabase(context);
  using shutdown = listenForShutdown({
    announce: (signal) => context.logger.info({ signal }, 'ending the audit; again stops at once'),
  });
  const pool = createPool({
    connectionString: database.url,
    applicationName: 'tracechain audit',
    maximumConnections: 2,
    // A lost connection also fails the statement that is running.
    onConnectionError: () => undefined,
  });
  try {
    const chainId = await withClient(pool, async (client) => {
      await requireSchema(client);
      return await chooseChain(client, options.chain ?? chain.expectedChainId);
    });
    const nodes = nodesOf(options, context, database);
    const auditOptions: AuditOptions = {
      subject: tracechain,
      pool,
      nodes,
      chainId,
      at: options.at ?? null,
      areas: options.only ?? null,
      isFull: options.full === true,
      sample: options.sample ?? null,
      isRecorded: options.record,
      startedBy: 'command',
      multicall3: chain.multicall3,
      maximumReadBytes: ingest.maximumReadBytes,
      now: () => new Date(),
      signal: shutdown.signal,
    };
    const result = await auditAndRepair(auditOptions, options, command);
    const [node] = nodes;
    const delivered = await deliverReport(plan, {
      pool,
      node,
      result,
      isRecorded: options.record,
      signal: shutdown.signal,
    });
    return { result, ...delivered };
  } finally {
    await pool.end();
  }
}

/** Audits. With `--repair`, also repairs, and returns the audit that follows the repair. */
async function auditAndRepair(
  auditOptions: AuditOptions,
  options: AuditCommandOptions,
  command: Command,
): Promise<AuditResult> {
  if (options.repair !== true) return await runAudit(auditOptions);
  let observations: readonly PlacedObservation[] = [];
  let runId: number | null = null;
  const result = await runAudit({
    ...auditOptions,
    onObserved: (observed, recordedAs) => {
      [observations, runId] = [observed, recordedAs];
    },
  });
  if (observations.length === 0) return result;
  const { entered, changed } = await runLeaderCommand(
    repairCommand(tracechain.projections),
    { observations, runId },
    command,
    options,
  );
  printNote(`tracechain: ${entered} observations entered, ${changed} rows changed.`);
  return await runAudit(auditOptions);
}

/** The node of `--rpc`, otherwise the configured nodes, otherwise the local system's. */
function nodesOf(
  { rpc }: AuditCommandOptions,
  { configuration }: CommandContext,
  { local }: FoundDatabase,
): readonly [ChainNode, ...ChainNode[]] {
  const { rpcUrls, requestTimeoutMs } = configuration.chain;
  const configured = rpcUrls.length === 0 && local?.rpcUrl !== undefined ? [local.rpcUrl] : rpcUrls;
  const urls = rpc === undefined ? configured : [rpc];
  const [first, ...others] = urls.map((url) => createNode({ url, timeoutMs: requestTimeoutMs }));
  if (first !== undefined) return [first, ...others];
  throw new CannotRunError('No node is configured.', {
    code: 'audit/no-node',
    fix: 'Name one with --rpc, or set RPC_URL.',
  });
}

function print({ result, proof, report }: Audited, format: AuditCommandOptions['format']): void {
  if (format === 'json') printJson({ ...result, notLookedAt: notLookedAt(result, areaNames), proof });
  else if (format === 'html') printLine(auditPage(result, proof));
  else printLine([formatAudit(result), ...(proof === null ? [] : [formatProof(proof)])].join('\n\n'));
  if (report !== null) printNote(reportText(report));
}

function reportText({ file, pageFile, sha256, fingerprint }: WrittenReport): string {
  return `The report is in ${file}, to read in ${pageFile}.\nIts SHA-256 is ${sha256}; it is signed by ${fingerprint}.`;
}

function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new InvalidArgumentError('It must be a whole number.');
}

function collectArea(text: string, before: readonly Area[] | undefined): readonly Area[] {
  return [...(before ?? []), parseArea(text)];
}

function parseArea(text: string): Area {
  const area = areaNames.find((name) => name === text);
  if (area !== undefined) return area;
  throw new InvalidArgumentError(`The areas are ${areaNames.join(', ')}.`);
}
