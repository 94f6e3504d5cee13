/** Formats the result of an audit for a terminal. */
import { describeScope, verdictOf } from '../../engine/audit/report/scope.ts';
import { allProjections } from '../../tracechain/projections.ts';
import type { AuditResult, Finding, ShownValue } from '../../engine/audit/findings/result.ts';
import { formatFacts, formatTable } from '../output.ts';

/** The number of findings that are shown; the JSON and ledger.audit_findings have all. */
const shownFindings = 100;

export function formatAudit(result: AuditResult): string {
  return [
    formatScope(result),
    formatNotAudited(result),
    formatInvariants(result),
    formatFindings(result.findings),
    verdictOf(result, allProjections.areas),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function formatScope(result: AuditResult): string {
  const { scope, skippedContracts } = result;
  const skipped = skippedContracts.map(({ address, reason }): readonly [string, string] => [
    `skipped ${address}`,
    reason,
  ]);
  return formatFacts([
    ['chain', String(result.chainId)],
    ['block', `${result.block} (${result.blockHash}), ${result.blockTime}`],
    ['audit', describeScope(result)],
    ['areas', scope.areas.join(', ')],
    [
      'looked at',
      `${result.contracts} contracts, ${result.entities} entities, ${result.rows} rows, ${result.fields} fields`,
    ],
    ['took', `${result.seconds} s`],
    ...skipped,
  ]);
}

function formatNotAudited({ notAudited }: AuditResult): string {
  if (notAudited.length === 0) return '';
  const rows = notAudited.map(({ table, reason }) => [table, reason]);
  return formatTable(['not audited against contracts', 'because'], rows);
}

function formatInvariants({ invariants }: AuditResult): string {
  if (invariants.length === 0) return '';
  const rows = invariants.map(({ name, contract, status, detail }) => [
    status === 'holds' ? status : status.toUpperCase(),
    name,
    contract ?? '',
    detail,
  ]);
  return formatTable(['invariant', '', 'contract', ''], rows);
}

function formatFindings(findings: readonly Finding[]): string {
  if (findings.length === 0) return '';
  const parts = findings.slice(0, shownFindings).map((finding, index) => formatFinding(finding, index + 1));
  const rest = findings.length - shownFindings;
  return [...parts, ...(rest > 0 ? [`and ${rest} more: --format json has them all`] : [])].join('\n\n');
}

function formatFinding(finding: Finding, number: number): string {
  const { lastLog, changed } = finding;
  const facts: (readonly [string, string])[] = [
    [`${number}`, `${finding.table}${finding.field === null ? '' : `.${finding.field}`}: ${finding.class}`],
    ['', finding.entity],
  ];
  if (finding.isChainKept) facts.push(['chain', text(finding.chainValue)]);
  facts.push(['ledger', text(finding.ledgerValue)], ['database', text(finding.databaseValue)]);
  facts.push(['because', finding.evidence]);
  if (changed !== null) facts.push(['changed', describeChange(changed.after, changed.upTo)]);
  if (lastLog !== null)
    facts.push([
      'last log',
      `block ${lastLog.blockNumber}, log ${lastLog.logIndex}, transaction ${lastLog.transactionHash}`,
    ]);
  return formatFacts(facts);
}

/** The block, or the range of blocks, in which a value changed. */
export function describeChange(after: number, upTo: number): string {
  return upTo - after === 1 ? `in block ${upTo}` : `after block ${after}, by block ${upTo}`;
}

function text(value: ShownValue): string {
  if (value === null) return 'nothing';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
