/** Formats the result of an audit as a printable, self-contained page. */
import type { LedgerProof } from '../../engine/audit/prove/prove.ts';
import { describeScope, findingsText, notLookedAt } from '../../engine/audit/report/scope.ts';
import { allProjections } from '../../tracechain/projections.ts';
import type { AuditResult, Finding, ShownValue } from '../../engine/audit/findings/result.ts';
import { printable } from '../../primitives/text.ts';
import { proofFacts, proofProblemText } from './proof.ts';
import { describeChange } from './table.ts';

const style = `
body { font: 11pt/1.45 Georgia, serif; margin: 2.5em auto; max-width: 60em; padding: 0 1em; color: #111; background: #fff }
h1 { font-size: 1.6em } h2 { font-size: 1.2em; margin-top: 2em }
table { border-collapse: collapse; width: 100%; margin: 1em 0 }
th, td { text-align: left; vertical-align: top; padding: .3em .6em; border-bottom: 1px solid #ccc }
th { font-weight: 600; width: 12em } code { font: .85em/1.4 ui-monospace, Menlo, monospace; overflow-wrap: anywhere }
.finding { break-inside: avoid; border: 1px solid #999; padding: .2em 1em; margin: 1em 0 }
@media print { body { margin: 0; max-width: none } }`;

export function auditPage(result: AuditResult, proof: LedgerProof | null = null): string {
  const title = `Audit of chain ${result.chainId} at block ${result.block}`;
  return page(title, [auditSections(result), ...(proof === null ? [] : [proofSections(proof)])]);
}

/** A complete page; the title is also its first heading. */
export function page(title: string, sections: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${escaped(title)}</title><style>${style}
</style></head>
<body>
<h1>${escaped(title)}</h1>
${sections.join('\n')}
</body>
</html>`;
}

/** The sections of the page: scope, findings, invariants, digests. */
export function auditSections(result: AuditResult): string {
  const { findings, invariants, digests, notAudited, skippedContracts } = result;
  return [
    factTable([
      ['Block', `${result.block}`],
      ['Block hash', result.blockHash],
      ['Block time', result.blockTime],
      ['Areas', result.scope.areas.join(', ')],
      ['Kind', describeScope(result)],
      ['Not looked at', notLookedAt(result, allProjections.areas).join('; ') || 'nothing was left out'],
      ['Contracts', String(result.contracts)],
      ['Entities', String(result.entities)],
      ['Rows', String(result.rows)],
      ['Fields', String(result.fields)],
      ['Begun', result.startedAt],
      ['Seconds', String(result.seconds)],
    ]),
    heading(`Findings: ${findingsText(result, allProjections.areas)}`),
    ...findings.map(findingSection),
    heading('Invariants'),
    factTable(
      invariants.map(({ name, contract, status, detail }) => [
        `${status}: ${name}`,
        `${contract ?? ''} ${detail}`,
      ]),
    ),
    ...(notAudited.length === 0
      ? []
      : [
          heading('Tables not audited against contracts'),
          factTable(notAudited.map(({ table, reason }) => [table, reason])),
        ]),
    ...(skippedContracts.length === 0
      ? []
      : [
          heading('Contracts not read'),
          factTable(skippedContracts.map(({ address, reason }) => [address, reason])),
        ]),
    ...(digests === null ? [] : [heading('Digests'), factTable(Object.entries(digests))]),
  ].join('\n');
}

/** The proof of the ledger, and each difference from what the headers commit to. */
export function proofSections(proof: LedgerProof): string {
  const { problems } = proof;
  return [
    heading('The ledger, proven against the headers'),
    factTable(proofFacts(proof)),
    ...(problems.length === 0
      ? []
      : [
          factTable(
            problems.map((problem) => [`block ${problem.blockNumber}`, proofProblemText(problem)] as const),
          ),
        ]),
  ].join('\n');
}

function findingSection(finding: Finding): string {
  const { lastLog, changed } = finding;
  const facts: (readonly [string, string])[] = [
    ['Where', `${finding.table}${finding.field === null ? '' : `.${finding.field}`}`],
    ['Entity', finding.entity],
    ['Row', finding.rowId ?? 'none'],
    ['Class', finding.class],
    ...(finding.isChainKept ? [['Chain', text(finding.chainValue)] as const] : []),
    ['Ledger', text(finding.ledgerValue)],
    ['Database', text(finding.databaseValue)],
    ['Because', finding.evidence],
    ...(changed === null ? [] : [['Changed', describeChange(changed.after, changed.upTo)] as const]),
    ...(lastLog === null
      ? []
      : [
          [
            'Last log',
            `block ${lastLog.blockNumber}, log ${lastLog.logIndex}, transaction ${lastLog.transactionHash}`,
          ] as const,
        ]),
  ];
  return `<section class="finding">${factTable(facts)}</section>`;
}

export function heading(words: string): string {
  return `<h2>${escaped(words)}</h2>`;
}

export function factTable(facts: readonly (readonly [name: string, value: string])[]): string {
  const rows = facts.map(
    ([name, value]) => `<tr><th>${escaped(name)}</th><td><code>${escaped(value)}</code></td></tr>`,
  );
  return `<table>${rows.join('')}</table>`;
}

function text(value: ShownValue): string {
  if (value === null) return 'nothing';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const longestText = 4_000;

/** A contract may have filled the text with anything. */
export function escaped(value: string): string {
  return printable(value, longestText)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
