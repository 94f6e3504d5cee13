/** Describes the scope of an audit in words, so that a partial audit is not mistaken for a full one. */
import type { AuditResult } from '../findings/result.ts';

type Audited = Pick<AuditResult, 'scope' | 'skippedContracts'>;

/** The kind of audit, the block that it continues from, and the size of its sample. */
export function describeScope({ scope }: Pick<Audited, 'scope'>): string {
  if (scope.mode === 'full') return 'full: every entity, and a replay of the whole ledger';
  const { since, runsUntilAllAreRead: runs } = scope;
  const rest = runs === null ? '' : `, 1 in ${runs}; everything is read once in ${runs} such audits`;
  return `incremental: rows changed since block ${since}, and a sample of the rest${rest}`;
}

/**
 * The parts that the audit did not cover, each as a noun phrase. Empty for an audit of everything. `everyArea` contains all existing areas.
 */
export function notLookedAt({ scope, skippedContracts }: Audited, everyArea: readonly string[]): string[] {
  const looked = new Set<string>(scope.areas);
  const leftOut = everyArea.filter((area) => !looked.has(area));
  const parts: string[] = [];
  if (leftOut.length > 0)
    parts.push(`${leftOut.length === 1 ? 'the area' : 'the areas'} ${leftOut.join(', ')}`);
  if (scope.mode === 'incremental') {
    const runs = scope.runsUntilAllAreRead;
    const sample = runs === null ? '' : `, except 1 in ${runs} of the entities`;
    parts.push(`the rows that nothing has touched since block ${scope.since}${sample}`);
  }
  if (skippedContracts.length > 0)
    parts.push(`the state of ${skippedContracts.length} contracts that were skipped`);
  return parts;
}

/** The verdict, together with the parts that were not covered. */
export function verdictOf(
  audit: Audited & Pick<AuditResult, 'findings' | 'block'>,
  everyArea: readonly string[],
): string {
  const { findings, block } = audit;
  const leftOut = notLookedAt(audit, everyArea);
  if (findings.length === 0 && leftOut.length === 0)
    return `The tables are what the chain says, as of block ${block}.`;
  const found =
    findings.length === 0
      ? `Nothing was found in what was looked at, as of block ${block}.`
      : `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}; docs/audit.md says how to read one.`;
  return leftOut.length === 0 ? found : `${found}\nNot looked at: ${leftOut.join('; ')}.`;
}

/** The number of findings, as a short text. */
export function findingsText(
  audit: Audited & Pick<AuditResult, 'findings'>,
  everyArea: readonly string[],
): string {
  const { findings } = audit;
  if (findings.length > 0) return String(findings.length);
  return notLookedAt(audit, everyArea).length === 0 ? 'none' : 'none in what was looked at';
}
