import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { readPublicKey } from '../../engine/audit/report/keys.ts';
import { describeScope, findingsText, notLookedAt } from '../../engine/audit/report/scope.ts';
import { allProjections } from '../../tracechain/projections.ts';
import { type VerifiedReport, verifyReport } from '../../engine/audit/report/sign.ts';
import { CannotRunError } from '../../primitives/errors.ts';
import { refuseOptionsOfParent } from '../arguments.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { formatFacts, printJson, printLine } from '../output.ts';

interface VerifyOptions {
  readonly json?: true;
  readonly key?: string;
}

export function auditVerifyCommand(): Command {
  return new Command('verify')
    .description('check that an audit report is as it was signed; needs no database and no node')
    .argument(
      '<report...>',
      'the report’s JSON; of several reports, each must also continue the previous one',
    )
    .option('--key <file>', 'the operator’s public key, as the operator gave it to you')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
Without --key, a report is verified with the key that it contains. This shows that it was not changed, but anybody may have signed it:
compare the fingerprint with the operator’s.

Exit codes: 0 genuine, 1 not genuine or not consecutive, 2 could not be read.

Examples:
  $ tracechain audit verify audit.json --key operator.pub
  $ tracechain audit verify reports/2026-*.json --key operator.pub`,
    )
    .action(async (files: readonly string[], _: VerifyOptions, command: Command) => {
      refuseOptionsOfParent(command);
      // `audit` has a --key too, and commander assigns this one to it.
      process.exitCode = await verifyFiles(files, command.optsWithGlobals<VerifyOptions>());
    });
}

interface Verified {
  readonly file: string;
  readonly verdict: VerifiedReport;
  /** Whether it names the previous report of the list; null for the first. */
  readonly follows: boolean | null;
}

async function verifyFiles(files: readonly string[], options: VerifyOptions): Promise<ExitCode> {
  const key = options.key === undefined ? null : await readPublicKey(options.key);
  const verified: Verified[] = [];
  for (const file of files) {
    const verdict = verifyReport(await readReport(file), key);
    verified.push({ file, verdict, follows: followsOn(verified.at(-1)?.verdict, verdict) });
  }
  if (options.json) printJson(verified.map(describeForProgram));
  else printLine(verified.map(describeForPerson).join('\n\n'));
  const isGood = verified.every(({ verdict, follows }) => verdict.isGenuine && follows !== false);
  return isGood ? exitCodes.good : exitCodes.findings;
}

async function readReport(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new CannotRunError(`The report can’t be read: ${error instanceof Error ? error.message : file}`, {
      code: 'audit/report-unread',
      cause: error,
    });
  }
}

function followsOn(previous: VerifiedReport | undefined, report: VerifiedReport): boolean | null {
  if (previous === undefined) return null;
  if (!previous.isGenuine || !report.isGenuine) return false;
  return report.signed.report.previousReport === previous.signed.sha256;
}

function describeForProgram({ file, verdict, follows }: Verified) {
  if (!verdict.isGenuine) return { file, isGenuine: false, reason: verdict.reason, follows };
  const { signed, fingerprint, isGivenKey } = verdict;
  const { chain, audit, createdAt, previousReport } = signed.report;
  return {
    file,
    isGenuine: true,
    isGivenKey: isGivenKey === true,
    fingerprint,
    follows,
    sha256: signed.sha256,
    previousReport,
    createdAt,
    chainId: chain.chainId,
    block: chain.block,
    blockHash: chain.blockHash,
    scope: audit.scope,
    notLookedAt: notLookedAt(audit, allProjections.areas),
    findings: audit.findings.length,
  };
}

function describeForPerson({ file, verdict, follows }: Verified): string {
  if (!verdict.isGenuine) return `${file}: NOT GENUINE: ${verdict.reason}.`;
  const { signed, fingerprint, isGivenKey } = verdict;
  const { chain, audit, proof, createdAt, previousReport } = signed.report;
  const verdictText =
    isGivenKey === true
      ? 'genuine: signed by the key that you gave, and not changed since'
      : 'not changed since it was signed; by whom, only the key’s fingerprint can tell';
  const problems = (proof?.problems.length ?? 0) + (proof?.furtherProblems ?? 0);
  const facts: (readonly [string, string])[] = [
    ['key', fingerprint],
    ['signed', createdAt],
    ['chain', `${chain.chainId}, block ${chain.block}, ${chain.blockHash}`],
    ['audit', describeScope(audit)],
    ['areas', audit.scope.areas.join(', ')],
    ['not looked at', notLookedAt(audit, allProjections.areas).join('; ') || 'nothing was left out'],
    ['findings', findingsText(audit, allProjections.areas)],
    ['ledger proven', proof === null ? 'no' : problems === 0 ? 'yes' : `no: ${problems} problems`],
    ['SHA-256', signed.sha256],
    ['follows on', `${previousReport ?? 'none'}${followsText(follows)}`],
  ];
  return `${file}: ${verdictText}.\n${formatFacts(facts)}`;
}

function followsText(follows: boolean | null): string {
  if (follows === null) return '';
  return follows ? ', the report before it' : ': NOT the report before it';
}
